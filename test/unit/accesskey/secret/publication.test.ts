import { describe, expect, test } from 'vitest';
import {
  isAsPublished,
  issuedAtOf,
  keyGenerationOf,
  ownership,
  pairIn,
  secretFacts,
} from '../../../../src/accesskey/secret/facts.ts';
import { holds, type Publication, secretManifest } from '../../../../src/accesskey/secret/publication.ts';
import type { OwnerReference } from '../../../../src/api/meta.ts';
import {
  ANNOTATION_ISSUED_AT,
  ANNOTATION_KEY_GENERATION,
  ANNOTATION_PAIR_DIGEST,
  LABEL_ACCESS_KEY,
  LABEL_MANAGED_BY,
  MANAGED_BY,
} from '../../../../src/api/names.ts';
import type { Secret } from '../../../../src/kube/objects.ts';
import { pairDigest } from '../../../../src/ownership/new-pair.ts';
import { accessKeyOf, NAME, OTHER_UID, publicationOf, UID } from '../../support/accesskey-fixtures.ts';

const accessKey = accessKeyOf({ metadata: { labels: { 'argocd.argoproj.io/instance': 'shop' } } });
const publication = publicationOf();
const SECRET = publication.pair.secretAccessKey;

/** The Secret as the API server has it once the publication is written. */
function published(fields: Partial<Publication> = {}): Secret {
  const { metadata, data } = secretManifest(accessKey, NAME, { ...publication, ...fields });
  return {
    metadata: { ...metadata, uid: 's', resourceVersion: '1', creationTimestamp: '2026-11-23T12:00:00Z' },
    data,
  };
}

const annotated = (annotations: Record<string, string>) => {
  const secret = published();
  return secretFacts({
    ...secret,
    metadata: { ...secret.metadata, annotations: { ...secret.metadata.annotations, ...annotations } },
  });
};

describe('ownership', () => {
  const ours = { [LABEL_MANAGED_BY]: MANAGED_BY, [LABEL_ACCESS_KEY]: NAME };
  const reference = (uid: string, controller: boolean): OwnerReference => ({
    apiVersion: 'accesskeys.dev/v1alpha1',
    kind: 'AccessKey',
    name: NAME,
    uid,
    controller,
  });
  test.each<[string, OwnerReference[] | undefined, Record<string, string>, ReturnType<typeof ownership>]>([
    ['its controller is this AccessKey', [reference(UID, true)], ours, 'controlled'],
    ['the same, with its labels gone', [reference(UID, true)], {}, 'controlled'],
    [
      'its controller is an AccessKey of the same name, made before',
      [reference(OTHER_UID, true)],
      ours,
      'foreign',
    ],
    ['it has no owner and our labels', undefined, ours, 'unowned'],
    ['it has an owner that is no controller and our labels', [reference(UID, false)], ours, 'unowned'],
    ['an owner without the labels', [reference(UID, false)], {}, 'foreign'],
    [
      'no owner, and the label of another AccessKey',
      undefined,
      { ...ours, [LABEL_ACCESS_KEY]: 'other' },
      'foreign',
    ],
    ['no owner, and the one label alone', undefined, { [LABEL_ACCESS_KEY]: NAME }, 'foreign'],
    ["no owner, and another's managed-by", undefined, { ...ours, [LABEL_MANAGED_BY]: 'Helm' }, 'foreign'],
    ['neither', undefined, {}, 'foreign'],
  ])('%s', (_what, ownerReferences, labels, owner) => {
    const { metadata } = published();
    const { ownerReferences: _, ...rest } = metadata;
    const facts = secretFacts({ metadata: { ...rest, labels, ...(ownerReferences && { ownerReferences }) } });
    expect(ownership(facts, accessKey)).toBe(owner);
  });
});

describe('the facts of a Secret', () => {
  test('hold its id and a digest, and nothing of its secret', () => {
    const secret = published();
    const applied = JSON.stringify({ data: secret.data, stringData: { AWS_SECRET_ACCESS_KEY: SECRET } });
    const facts = secretFacts({
      ...secret,
      metadata: {
        ...secret.metadata,
        annotations: {
          ...secret.metadata.annotations,
          'kubectl.kubernetes.io/last-applied-configuration': applied,
        },
      },
    });
    expect(facts).toMatchObject({
      accessKeyId: 'AKOAAAAAAAAAAAAAAAAA',
      digest: pairDigest(publication.pair),
    });
    const text = JSON.stringify(facts);
    for (const spelling of [SECRET, Buffer.from(SECRET).toString('base64'), encodeURIComponent(SECRET)]) {
      expect(text.includes(spelling)).toBe(false);
    }
  });

  test.each<[string, Record<string, string>]>([
    ['no id', { AWS_SECRET_ACCESS_KEY: 'eA==' }],
    ['no secret', { AWS_ACCESS_KEY_ID: 'eA==' }],
    ['an empty secret', { AWS_ACCESS_KEY_ID: 'eA==', AWS_SECRET_ACCESS_KEY: '' }],
    ['nothing', {}],
  ])('have no digest if there is %s', (_what, data) => {
    const secret = { ...published(), data };
    expect(pairIn(secret)).toBeUndefined();
    expect(secretFacts(secret).digest).toBeUndefined();
    expect(isAsPublished(secretFacts(secret))).toBe(false);
  });

  test('say of a pair that was edited by hand that it is not the published one', () => {
    const secret = published();
    const data = { ...secret.data, AWS_SECRET_ACCESS_KEY: Buffer.from('edited').toString('base64') };
    expect(isAsPublished(secretFacts(secret))).toBe(true);
    expect(isAsPublished(secretFacts({ ...secret, data }))).toBe(false);
    expect(isAsPublished(annotated({ [ANNOTATION_PAIR_DIGEST]: 'edited' }))).toBe(false);
  });
});

describe('a published Secret', () => {
  test('has the four keys that an AWS SDK reads, and nothing of the AccessKey it belongs to but its name', () => {
    const { type, data, metadata } = secretManifest(accessKey, NAME, publication);
    expect(type).toBe('Opaque');
    expect(Object.keys(data).sort()).toEqual([
      'AWS_ACCESS_KEY_ID',
      'AWS_ENDPOINT_URL_S3',
      'AWS_REGION',
      'AWS_SECRET_ACCESS_KEY',
    ]);
    expect(metadata.labels).toEqual({ [LABEL_MANAGED_BY]: MANAGED_BY, [LABEL_ACCESS_KEY]: NAME });
    expect(metadata.ownerReferences).toMatchObject([
      { uid: UID, controller: true, blockOwnerDeletion: false },
    ]);
  });

  test('has no owner if it is to outlive its AccessKey', () => {
    expect(
      secretManifest(accessKey, NAME, { ...publication, retained: true }).metadata.ownerReferences,
    ).toEqual([]);
  });

  test('says nothing of an imported secret, not even its digest', () => {
    const { annotations } = secretManifest(accessKey, NAME, { ...publication, imported: true }).metadata;
    expect(JSON.stringify(annotations)).not.toContain(pairDigest(publication.pair));
  });

  test('holds its publication', () => {
    expect(holds(secretFacts(published()), accessKey, publication)).toBe(true);
  });

  test.each<[string, Partial<Publication>]>([
    ['another pair', { pair: { ...publication.pair, secretAccessKey: 'other' } }],
    ['another user', { user: '/accesskeys/prod/shop/photos.HASH/AKOAAAAAAAAAAAAAAAAA' }],
    ['another endpoint', { endpoint: 'https://other' }],
    ['another issuer', { issuedBy: 'https://other' }],
    ['another region', { region: 'eu' }],
    ['another time', { issuedAt: '2026-11-24T00:00:00.000Z' }],
    ['another generation', { keyGeneration: 2 }],
    ['a previous key', { previous: [{ accessKeyId: 'a', revokeAt: '2026-11-24T00:00:00.000Z' }] }],
    ['no owner', { retained: true }],
  ])('does not hold one with %s', (_what, fields) => {
    expect(holds(secretFacts(published(fields)), accessKey, publication)).toBe(false);
    expect(holds(secretFacts(published()), accessKey, { ...publication, ...fields })).toBe(false);
  });

  test("stays as it is for labels and annotations of others'", () => {
    const { metadata, data = {} } = published();
    const others = {
      ...metadata,
      labels: { ...metadata.labels, team: 'x' },
      annotations: { ...metadata.annotations, note: 'y' },
    };
    expect(
      holds(secretFacts({ metadata: others, data: { ...data, extra: 'eA==' } }), accessKey, publication),
    ).toBe(true);
  });
});

describe('what a hostile annotation says', () => {
  test.each([
    ['2026-11-23T12:00:00Z', '2026-11-23T12:00:00.000Z'],
    ['2026', '2026-01-01T00:00:00.000Z'],
    ['now', undefined],
    ['', undefined],
    ['+010000-01-01T00:00:00Z', undefined],
    ['-000001-01-01T00:00:00Z', undefined],
  ])('of the time of issue %j is %j', (text, time) => {
    expect(issuedAtOf(annotated({ [ANNOTATION_ISSUED_AT]: text }))).toBe(time);
  });

  test.each([
    ['1', 1],
    ['007', 7],
    ['-1', undefined],
    ['1e3', undefined],
    ['99999999999', undefined],
    ['', undefined],
  ])('of the generation %j is %j', (text, generation) => {
    expect(keyGenerationOf(annotated({ [ANNOTATION_KEY_GENERATION]: text }))).toBe(generation);
  });
});
