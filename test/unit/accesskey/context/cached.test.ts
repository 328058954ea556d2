import { describe, expect, test } from 'vitest';
import { keptAccessKey, keptFacts } from '../../../../src/accesskey/context/cached.ts';
import { secretFacts } from '../../../../src/accesskey/secret/facts.ts';
import { holds, secretManifest } from '../../../../src/accesskey/secret/publication.ts';
import { templatedDigest } from '../../../../src/accesskey/secret/template-record.ts';
import {
  ANNOTATION_PAUSED,
  ANNOTATION_PREVIOUS_KEYS,
  ANNOTATION_TEMPLATE,
  FINALIZER,
} from '../../../../src/api/names.ts';
import type { Secret } from '../../../../src/kube/objects.ts';
import { accessKeyOf, NAME, publicationOf } from '../../support/accesskey-fixtures.ts';
import { cpuMs } from '../../support/cpu-time.ts';

const accessKey = accessKeyOf();
const publication = publicationOf({
  shape: {
    labels: { team: 'shop' },
    annotations: { note: 'x' },
    data: { URL: 'u' },
    source: 's',
    withheld: undefined,
  },
});

function secretWith(metadata: Partial<Secret['metadata']> = {}, data: Record<string, string> = {}): Secret {
  const manifest = secretManifest(accessKey, NAME, publication);
  const published = { ...manifest.metadata, uid: 's', resourceVersion: '1', creationTimestamp: '' };
  return {
    ...manifest,
    metadata: {
      ...published,
      labels: { ...published.labels, ...metadata.labels },
      annotations: { ...published.annotations, ...metadata.annotations },
      ownerReferences: [...published.ownerReferences, ...(metadata.ownerReferences ?? [])],
      ...(metadata.finalizers && { finalizers: metadata.finalizers }),
    },
    data: { ...manifest.data, ...data },
  };
}

/** As many as fit into an object. */
const many = (count: number, text = '') =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [`accesskeys.dev/a-${n}`, `${text}${n}`]));
const sizeOf = (value: unknown) => JSON.stringify(value).length;

describe('what a cache keeps of a Secret', () => {
  test('still holds its publication', () => {
    const facts = keptFacts(secretFacts(secretWith({ annotations: { other: 'y' }, labels: { other: 'z' } })));
    expect(holds(facts, accessKey, publication)).toBe(true);
    expect([facts.metadata.annotations, facts.metadata.labels].map((texts) => texts?.['other'])).toEqual([
      undefined,
      undefined,
    ]);
  });

  test.each<[string, Secret]>([
    ['labels', secretWith({ labels: many(20_000) })],
    ['annotations of anybody', secretWith({ annotations: { other: 'x'.repeat(250_000) } })],
    ["annotations of the operator's group", secretWith({ annotations: many(8_000) })],
    ['a record', secretWith({ annotations: { [ANNOTATION_PREVIOUS_KEYS]: 'x'.repeat(250_000) } })],
    ['a template’s record', secretWith({ annotations: { [ANNOTATION_TEMPLATE]: 'x'.repeat(250_000) } })],
    [
      'owners',
      secretWith({
        ownerReferences: Array.from({ length: 9_000 }, (_, n) => ({
          apiVersion: 'v1',
          kind: 'ConfigMap',
          name: `c-${n}`,
          uid: `u-${n}`,
        })),
      }),
    ],
    [
      'finalizers',
      secretWith({ finalizers: Array.from({ length: 20_000 }, (_, n) => `example.com/f-${n}`) }),
    ],
    ['an id', secretWith({}, { AWS_ACCESS_KEY_ID: Buffer.alloc(700_000, 'A').toString('base64') })],
    ['an endpoint', secretWith({}, { AWS_ENDPOINT_URL_S3: Buffer.alloc(700_000, 'A').toString('base64') })],
  ])('is short, however long are its %s', (_what, secret) => {
    expect(sizeOf(secret)).toBeGreaterThan(200_000);
    expect(sizeOf(keptFacts(secretFacts(secret)))).toBeLessThan(6_000);
  });

  test('differs from the publication if a text is too long to keep', () => {
    const edited = secretWith({ annotations: { [ANNOTATION_PREVIOUS_KEYS]: '['.repeat(100_000) } });
    expect(holds(keptFacts(secretFacts(edited)), accessKey, publication)).toBe(false);
  });
});

describe('what a cache keeps of an AccessKey', () => {
  test('is all that the operator reads', () => {
    const annotations = { [ANNOTATION_PAUSED]: 'true', other: 'x'.repeat(200_000) };
    const labels = { team: 'shop' };
    const kept = keptAccessKey(accessKeyOf({ metadata: { annotations, labels, finalizers: [FINALIZER] } }));
    expect(kept).toEqual(
      accessKeyOf({ metadata: { annotations: { [ANNOTATION_PAUSED]: 'true' }, finalizers: [FINALIZER] } }),
    );
  });
});

test('the digest of what a record names is found in linear time, whatever it names', () => {
  const timeOf = (length: number) => {
    const names = Array.from({ length }, (_, n) => n.toString(36));
    const record = { source: '', digest: '', labels: [], annotations: [], data: names };
    const data = Object.fromEntries(Array.from({ length }, (_, n) => [`k${n}`, '']));
    const annotations = { [ANNOTATION_TEMPLATE]: JSON.stringify(record) };
    return cpuMs(() => templatedDigest({ metadata: { annotations }, data }));
  };
  // Each compared with each other one, eight times as many would take 64 times as long, seconds.
  expect(timeOf(60_000)).toBeLessThan(24 * timeOf(7_500) + 300);
});
