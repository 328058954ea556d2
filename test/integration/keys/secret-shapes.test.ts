/** The effect of spec.secretTemplate on the Secret: written in place, kept, and never a new pair. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ANNOTATION_TEMPLATE } from '../../../src/api/names.ts';
import type { AccessKey } from '../../../src/api/schema/accesskey.ts';
import { FORMAT_KEYS, FORMATS } from '../../../src/api/secret-keys.ts';
import type { Operator } from '../../bed/operator.ts';
import {
  edit,
  fixtures,
  limitedKey,
  type NamespacedRef,
  readPair,
  ready,
  reason,
  samePair,
  secretOf,
  secretRef,
  type TestStore,
  touch,
  until,
} from '../support/fixtures.ts';

type Template = NonNullable<AccessKey['spec']['secretTemplate']>;

const shapes = await fixtures('shapes');
const { bed } = shapes;
afterAll(shapes.end);

/** Labels and annotations are the subject here, whatever they are called. */
const ANY = { args: ['--secret-labels=*', '--secret-annotations=*'] };

let namespace = '';
let store: TestStore;
let running: Operator;

beforeAll(async () => {
  const grants = [
    { namespaces: { all: true }, buckets: ['photos', 'logs'], unrestricted: true, allowImport: true },
  ];
  store = await shapes.store({ grants });
  namespace = await shapes.namespace();
  running = await shapes.operator(ANY);
});

const limited = limitedKey({ payroll: 'none', photos: 'read_write', logs: 'read_only' }) satisfies Partial<
  AccessKey['spec']
>;

async function key(secretTemplate: Template, spec: Partial<AccessKey['spec']> = {}): Promise<NamespacedRef> {
  const ref = await shapes.accessKey(namespace, store, { ...limited, ...spec, secretTemplate });
  await ready(bed, ref);
  return ref;
}

/** The Secret's metadata, and its data as text. */
async function secret(ref: NamespacedRef) {
  const found = await bed.api.get(secretOf(ref));
  if (!found) throw new Error('there is no Secret');
  const { labels = {}, annotations = {}, uid, resourceVersion } = found.metadata;
  const data = Object.fromEntries(
    Object.entries(found.data ?? {}).map(([name, text]) => [name, Buffer.from(text, 'base64').toString()]),
  );
  return { labels, annotations, data, uid, resourceVersion };
}

/** The maximum delay of a line of the log, in ms. */
const LOG_DELAY_MS = 200;

/** Returns how often the operator has written the key's Secret. */
function publications({ metadata: { namespace, name } }: NamespacedRef): number {
  return running.lines
    .filter((line) => line.msg === 'steps done' && line['namespace'] === namespace && line['name'] === name)
    .flatMap((line) => line['steps'])
    .filter((step) => step === 'publish').length;
}

/** The same once the log has come through the pipe: a line may arrive after what it tells of can be seen. */
async function publicationsSoFar(ref: NamespacedRef): Promise<number> {
  await until('logged', async () => publications(ref) > 0);
  await sleep(LOG_DELAY_MS);
  return publications(ref);
}

/** Does it, waits until the Secret is as `done` says, and expects that this was one write with the same pair. */
async function inPlace(
  ref: NamespacedRef,
  act: () => Promise<unknown>,
  done: (of: Awaited<ReturnType<typeof secret>>) => boolean,
): Promise<Awaited<ReturnType<typeof secret>>> {
  const pair = await readPair(bed, secretOf(ref));
  const { uid } = await secret(ref);
  const before = await publicationsSoFar(ref);
  await act();
  await until('written', async () => done(await secret(ref)));
  await ready(bed, ref);
  await quiet(ref);
  expect(publications(ref)).toBe(before + 1);
  const after = await secret(ref);
  expect(after.uid).toBe(uid);
  expect(samePair(await readPair(bed, secretOf(ref)), pair)).toBe(true);
  return after;
}

/** Has the operator look at the key twice more, and expects that it writes nothing. */
async function quiet(ref: NamespacedRef): Promise<void> {
  const { resourceVersion } = await secret(ref);
  for (let i = 0; i < 2; i += 1) {
    await touch(bed, ref);
    await sleep(300);
  }
  expect((await secret(ref)).resourceVersion).toBe(resourceVersion);
}

/** The bed's store speaks http: it has no CA, for the format of that name or for a key of another one. */
const WITHOUT_CA = FORMATS.filter((format) => format !== 'ca');
const KEYS_WITHOUT_CA = WITHOUT_CA.flatMap((format): string[] => [...FORMAT_KEYS[format]]).filter(
  (name) => name !== 'COSI_CERTIFICATE_AUTHORITY',
);

const url = { data: { S3_URL: '{{ .endpoint }}/{{ .bucket }}', who: 'for {{ .label }}' } };

test('a template is filled in and written with the pair, in one write', async () => {
  const ref = await key(
    {
      labels: { 'example.com/team': 'shop' },
      annotations: { 'example.com/owner': '{{ .label }} stays as it is' },
      formats: WITHOUT_CA,
      data: {
        ...url.data,
        all: '{{ .scheme }}://{{ .host }}:{{ .port }} {{ .region }} {{ .buckets }} {{ .namespace }}/{{ .name }}',
        pair: '{{ .accessKeyId }}:{{ .secretAccessKey }}',
        'config.json': '{"label": {{ .label | json }}}',
      },
    },
    { label: 'Photo "uploader" [{{ .name }}]' },
  );
  const { data, labels, annotations } = await secret(ref);
  const { endpoint } = bed.minio;
  const { accessKeyId, secretAccessKey } = await readPair(bed, secretOf(ref));
  expect(data['S3_URL']).toBe(`${endpoint}/photos`);
  expect(data['who']).toBe('for Photo "uploader" [{{ .name }}]');
  expect(data['all']).toBe(`${endpoint} us-east-1 photos,logs ${namespace}/${ref.metadata.name}`);
  expect(data['pair'] === `${accessKeyId}:${secretAccessKey}`).toBe(true);
  expect(JSON.parse(data['config.json'] ?? '')).toEqual({ label: 'Photo "uploader" [{{ .name }}]' });
  expect(Object.keys(data)).toEqual(expect.arrayContaining(KEYS_WITHOUT_CA));
  expect(labels['example.com/team']).toBe('shop');
  expect(annotations['example.com/owner']).toBe('{{ .label }} stays as it is');
  expect(publications(ref)).toBe(1);
  expect(annotations[ANNOTATION_TEMPLATE]?.includes(secretAccessKey)).toBe(false);
  await quiet(ref);
});

test('a key without a template has nothing of one', async () => {
  const ref = await shapes.accessKey(namespace, store, limited);
  await ready(bed, ref);
  const { data, annotations } = await secret(ref);
  expect(Object.keys(data).sort()).toEqual([
    'AWS_ACCESS_KEY_ID',
    'AWS_ENDPOINT_URL_S3',
    'AWS_REGION',
    'AWS_SECRET_ACCESS_KEY',
  ]);
  expect(annotations).not.toHaveProperty(ANNOTATION_TEMPLATE);
});

describe('an edit', () => {
  test('of the template changes the Secret in place, removes what it no longer has, and keeps what others put there', async () => {
    const ref = await key({ ...url, labels: { team: 'a' }, annotations: { owner: 'a' }, formats: ['cnpg'] });
    await bed.api.patch(secretOf(ref), {
      metadata: { labels: { theirs: 'x' }, annotations: { theirs: 'x' } },
      data: { theirs: 'eA==' },
    });
    const secretTemplate = {
      labels: { team: null, tier: 'b' },
      annotations: null,
      formats: ['velero'],
      data: { who: null },
    };
    const { labels, annotations, data } = await inPlace(
      ref,
      () => edit(bed, ref, { secretTemplate }),
      (of) => of.labels['tier'] === 'b',
    );
    expect(labels).toMatchObject({ theirs: 'x', tier: 'b' });
    expect(labels).not.toHaveProperty('team');
    expect(annotations).toMatchObject({ theirs: 'x' });
    expect(annotations).not.toHaveProperty('owner');
    expect(Object.keys(data)).toEqual(expect.arrayContaining(['S3_URL', 'cloud', 'theirs']));
    for (const gone of ['who', 'ACCESS_KEY_ID', 'ACCESS_SECRET_KEY']) expect(data).not.toHaveProperty([gone]);

    const bare = await inPlace(
      ref,
      () => edit(bed, ref, { secretTemplate: null }),
      (of) => of.annotations[ANNOTATION_TEMPLATE] === undefined,
    );
    expect(Object.keys(bare.data).sort()).toEqual([
      'AWS_ACCESS_KEY_ID',
      'AWS_ENDPOINT_URL_S3',
      'AWS_REGION',
      'AWS_SECRET_ACCESS_KEY',
      'theirs',
    ]);
    expect(bare.labels).toMatchObject({ theirs: 'x' });
    expect(bare.labels).not.toHaveProperty('tier');
  });

  test('of the label changes the Secret in place', async () => {
    const ref = await key(url, { label: 'Before' });
    const { data } = await inPlace(
      ref,
      () => edit(bed, ref, { label: 'After' }),
      (of) => of.data['who'] === 'for After',
    );
    expect(data['who']).toBe('for After');
  });

  test('of the buckets changes the Secret in place, as far as they are granted', async () => {
    const ref = await key(url);
    const logs = [{ bucketName: 'logs', permissions: 'read_only' }];
    await inPlace(
      ref,
      () => edit(bed, ref, { bucketAccess: logs }),
      (of) => of.data['S3_URL']?.endsWith('/logs') === true,
    );
    const denied = [{ bucketName: 'payroll', permissions: 'read_only' }];
    await edit(bed, ref, { bucketAccess: denied });
    await reason(bed, ref, 'GrantDenied');
    expect((await secret(ref)).data['S3_URL']).toMatch(/\/logs$/);
  });
});

describe("somebody's edit of the Secret is undone with the same pair:", () => {
  const template = {
    ...url,
    labels: { team: 'a' },
    annotations: { owner: 'a' },
    formats: ['rclone' as const],
  };
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  test.each<[string, object]>([
    ['a text edited', { data: { S3_URL: base64('https://elsewhere.example.com') } }],
    ["a format's text edited", { data: { 'rclone.conf': base64('[s3]') } }],
    ['a key removed', { data: { who: null } }],
    ['a label edited', { metadata: { labels: { team: 'b' } } }],
    ['an annotation removed', { metadata: { annotations: { owner: null } } }],
    ['the record removed', { metadata: { annotations: { [ANNOTATION_TEMPLATE]: null } } }],
    ['the record broken', { metadata: { annotations: { [ANNOTATION_TEMPLATE]: '{"data": 1}' } } }],
  ])('%s', async (_, harm) => {
    const ref = await key(template);
    const { data, labels, annotations } = await secret(ref);
    const same = (of: typeof data, as: typeof data) =>
      Object.keys({ ...of, ...as }).every((name) => of[name] === as[name]);
    const before = await publicationsSoFar(ref);
    const after = await inPlace(
      ref,
      () => bed.api.patch(secretOf(ref), harm),
      (of) => publications(ref) > before && same(of.data, data),
    );
    expect(after.labels).toEqual(labels);
    expect(after.annotations).toEqual(annotations);
  });

  test('while the operator was away; and what nobody touched is left alone', async () => {
    const [touched, left] = [await key(template), await key(template)];
    const { data } = await secret(touched);
    const { resourceVersion } = await secret(left);
    const pair = await readPair(bed, secretOf(touched));
    await running.kill();
    await bed.api.patch(secretOf(touched), { data: { who: null } });
    running = await shapes.restart(ANY);
    await until('restored', async () => (await secret(touched)).data['who'] === data['who']);
    expect(samePair(await readPair(bed, secretOf(touched)), pair)).toBe(true);
    expect((await secret(left)).resourceVersion).toBe(resourceVersion);
  });
});

test('a rotation changes the pair in every shape at once', async () => {
  const ref = await key({
    formats: ['cnpg', 'mc-host'],
    data: { pair: '{{ .accessKeyId }} {{ .secretAccessKey }}' },
  });
  const before = await readPair(bed, secretOf(ref));
  const count = await publicationsSoFar(ref);
  await edit(bed, ref, { keyGeneration: 2 });
  await until('rotated', async () => !samePair(await readPair(bed, secretOf(ref)), before));
  const { data } = await secret(ref);
  const { accessKeyId, secretAccessKey } = await readPair(bed, secretOf(ref));
  expect(data['ACCESS_KEY_ID']).toBe(accessKeyId);
  expect(data['ACCESS_SECRET_KEY'] === secretAccessKey).toBe(true);
  expect(data['pair'] === `${accessKeyId} ${secretAccessKey}`).toBe(true);
  expect(data['MC_HOST_s3']?.includes(`//${accessKeyId}:${secretAccessKey}@`)).toBe(true);
  await ready(bed, ref);
  await quiet(ref);
  expect(publications(ref)).toBe(count + 1);
});

test('what a shape cannot hold is refused with the cause, and nothing of the pair', async () => {
  const pair = { accessKeyId: 'shapes-imported', secretAccessKey: 'with "quotes" and #hash' };
  await store.admin.putUser(pair);
  const from = secretRef(namespace, 'shapes-imported');
  const stringData = { AWS_ACCESS_KEY_ID: pair.accessKeyId, AWS_SECRET_ACCESS_KEY: pair.secretAccessKey };
  await bed.api.create({ ...from, stringData });
  const spec = { ...limited, importFrom: { secretName: from.metadata.name } };
  const ref = await shapes.accessKey(namespace, store, { ...spec, secretTemplate: { formats: ['rclone'] } });
  const { message } = await reason(bed, ref, 'SecretRejected');
  expect(message).toContain("spec.secretTemplate: format rclone can't hold this pair");
  expect(message).not.toContain('quotes');
  expect(await bed.api.exists(secretOf(ref))).toBe(false);

  await edit(bed, ref, { secretTemplate: { formats: ['cosi-bucket-info'] } });
  await ready(bed, ref);
  const { data, annotations } = await secret(ref);
  expect(JSON.parse(data['BucketInfo'] ?? '').spec.secretS3.accessSecretKey === pair.secretAccessKey).toBe(
    true,
  );
  expect(JSON.parse(annotations[ANNOTATION_TEMPLATE] ?? '').digest).toBe('imported');
  await quiet(ref);

  // A template that the pair in force can't fill in leaves the Secret as it is.
  await edit(bed, ref, { secretTemplate: { formats: ['s3cfg'] } });
  await reason(bed, ref, 'SecretRejected');
  expect((await secret(ref)).data).toEqual(data);
  // A pair of the operator's own can.
  await edit(bed, ref, { keyGeneration: 2 });
  await ready(bed, ref);
  const rotated = await secret(ref);
  expect(Object.keys(rotated.data)).toContain('.s3cfg');
  expect(Object.keys(rotated.data)).not.toContain('BucketInfo');
});

test("ca writes the store's certificates and no other part of their source, and follows their changes", async () => {
  const [minio, next] = await Promise.all([bed.startMinio({ tls: true }), bed.startMinio({ tls: true })]);
  const holder = secretRef(namespace, 'shapes-ca');
  const KEY = '-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n';
  const holding = (...pems: (string | undefined)[]) => ({ stringData: { 'all.pem': pems.join('\n') } });
  await bed.api.create({ ...holder, ...holding(KEY, minio.caPem) });
  const caBundleRef = { kind: 'Secret', namespace, name: 'shapes-ca', key: 'all.pem' };
  const tls = await shapes.store({ minio, spec: { caBundle: undefined, caBundleRef } });
  const template = { formats: ['ca' as const, 's3cfg' as const], caFile: '/etc/store/ca.crt' };
  const ref = await shapes.accessKey(namespace, tls, { ...limited, secretTemplate: template });
  await ready(bed, ref);
  const written = async () => (await secret(ref)).data['ca.crt'];
  expect(await written()).toBe(minio.caPem);
  expect((await secret(ref)).data['.s3cfg']).toContain('\nca_certs_file = /etc/store/ca.crt\n');
  await inPlace(
    ref,
    () => bed.api.patch(holder, holding(minio.caPem, KEY, next.caPem)),
    ({ data }) => data['ca.crt'] === `${minio.caPem}${next.caPem}`,
  );
  await inPlace(
    ref,
    () => edit(bed, ref, { secretTemplate: { formats: ['s3cfg'] } }),
    ({ data }) => data['ca.crt'] === undefined,
  );
  // A store without a CA of its own: a key in force works on, and a new one gets no pair before it says what it means.
  const asking = await shapes.accessKey(namespace, store, {
    ...limited,
    secretTemplate: { formats: ['ca'] },
  });
  expect((await reason(bed, asking, 'SecretNotAllowed')).message).toContain(
    `the format ca writes the store's CA certificates, and ClusterObjectStore ${store.name} has none`,
  );
  await bed.api.delete(ref);
  await bed.api.waitGone(ref);
  await Promise.all([minio.stop(), next.stop()]);
});
