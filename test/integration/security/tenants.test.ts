/** A tenant of one namespace reaches for what is another's: the operator refuses it, with no policy at admission. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { API_VERSION } from '../../../src/api/names.ts';
import { ApiError } from '../../bed/api.ts';
import {
  edit,
  fixtures,
  namespaceRef,
  readHello,
  readPair,
  ready,
  reason,
  s3Client,
  s3Outcome,
  secretOf,
  type TestStore,
  until,
  usersOf,
} from '../support/fixtures.ts';

const tenants = await fixtures('tenants');
const { bed, cluster } = tenants;
afterAll(tenants.end);

let store: TestStore;
/** Two tenants whose names begin alike. */
let shop = '';
let shopEu = '';
/** One to which a label is given and taken. */
let labelled = '';

const root = () =>
  s3Client(store.minio, {
    accessKeyId: store.minio.rootUser,
    secretAccessKey: store.minio.rootPassword,
  });
const entry = (bucketName: string) => ({ bucketName, permissions: 'read_only' as const });
const limitedTo = (...names: string[]) => ({ limited: true, bucketAccess: names.map(entry) });

beforeAll(async () => {
  shop = await tenants.namespace('shop');
  shopEu = `${shop}-eu`;
  await bed.api.create({ ...namespaceRef(shopEu) });
  labelled = await tenants.namespace('labelled');
  await bed.api.patch(namespaceRef(labelled), { metadata: { labels: { team: 'gold' } } });
  store = await tenants.store({
    grants: [
      { namespaces: { all: true }, buckets: ['{namespace}.*'] },
      { namespaces: { names: [shopEu] }, buckets: [`${shop}-shared`], permissions: 'read_only' },
      { namespaces: { matchLabels: { team: 'gold' } }, buckets: [`${shop}-gold`], unrestricted: true },
    ],
  });
  await tenants.operator();
  for (const name of [`${shop}.photos`, `${shopEu}.photos`, `${shop}-shared`, `${shop}-gold`]) {
    await root().makeBucket(name);
    await root().putObject(name, 'hello', 'hello');
  }
});
afterAll(() => bed.api.delete(namespaceRef(shopEu)));

describe('a bucket', () => {
  test.each<[string, () => string]>([
    ['of a namespace whose name goes on', () => `${shopEu}.photos`],
    ['that another namespace is granted by name', () => `${shop}-shared`],
    ['that another namespace is granted by label', () => `${shop}-gold`],
    ["of nobody's", () => 'payroll'],
    ['whose name begins as its own do, without the dot', () => `${shop}photos`],
  ])('%s is refused, and the store hears nothing of it', async (_, bucket) => {
    const ref = await tenants.accessKey(shop, store, limitedTo(`${shop}.photos`, bucket()));
    const { message } = await reason(bed, ref, 'GrantDenied');
    expect(message).toContain(`read_only on bucket ${bucket()}`);
    expect(message).not.toContain(`bucket ${shop}.photos`);
    expect(await usersOf(store, cluster, ref)).toEqual([]);
    expect(await bed.api.exists(secretOf(ref))).toBe(false);
  });

  test('that is granted to be read is refused to a key that would write', async () => {
    const bucketAccess = [{ bucketName: `${shop}-shared`, permissions: 'read_write' as const }];
    const ref = await tenants.accessKey(shopEu, store, { limited: true, bucketAccess });
    await reason(bed, ref, 'GrantDenied');
    await edit(bed, ref, limitedTo(`${shop}-shared`));
    await ready(bed, ref);
    await bed.api.delete(ref);
    await bed.api.waitGone(ref);
  });

  test('of another namespace is neither used nor created by a key in force', async () => {
    const ref = await tenants.accessKey(shop, store, limitedTo(`${shop}.photos`));
    await ready(bed, ref);
    const s3 = s3Client(store.minio, await readPair(bed, secretOf(ref)));
    expect(await s3Outcome(readHello(s3, `${shop}.photos`))).toBe('ok');
    for (const name of [`${shopEu}.photos`, `${shop}-shared`, `${shop}-gold`])
      expect({ [name]: await s3Outcome(readHello(s3, name)) }).toEqual({ [name]: 'AccessDenied' });
    for (const name of [`${shopEu}.new`, `${shop}-new`, `${shop}new`, `${shop}.new`])
      expect({ [name]: await s3Outcome(s3.makeBucket(name)) }).toEqual({ [name]: 'AccessDenied' });
    // What is asked for beside it isn't had, and what was had stays.
    await edit(bed, ref, limitedTo(`${shop}.photos`, `${shopEu}.photos`));
    await reason(bed, ref, 'GrantDenied');
    expect(await s3Outcome(readHello(s3, `${shopEu}.photos`))).toBe('AccessDenied');
    expect(await s3Outcome(readHello(s3, `${shop}.photos`))).toBe('ok');
    // Nor is everything, by leaving out what limits.
    await edit(bed, ref, { limited: false, bucketAccess: null });
    await reason(bed, ref, 'GrantDenied');
    expect(await s3Outcome(readHello(s3, `${shopEu}.photos`))).toBe('AccessDenied');
  });

  test('that a label granted is closed when the namespace loses it, and open with the same pair again', async () => {
    const ref = await tenants.accessKey(labelled, store, { limited: false });
    await ready(bed, ref);
    const s3 = s3Client(store.minio, await readPair(bed, secretOf(ref)));
    const read = () => s3Outcome(readHello(s3, `${shop}-gold`));
    expect(await read()).toBe('ok');
    await bed.api.patch(namespaceRef(labelled), { metadata: { labels: { team: 'golden' } } });
    await reason(bed, ref, 'GrantDenied');
    expect(await read()).toBe('InvalidAccessKeyId');
    await bed.api.patch(namespaceRef(labelled), { metadata: { labels: { team: 'gold' } } });
    await ready(bed, ref);
    await until('open again', async () => (await read()) === 'ok');
  });
});

describe("another namespace's", () => {
  const sent = async (spec: object, name = `tenants-${randomBytes(4).toString('hex')}`) =>
    bed.api
      .request(
        'POST',
        `/apis/${API_VERSION}/namespaces/${shop}/accesskeys?dryRun=All&fieldValidation=Strict`,
        {
          apiVersion: API_VERSION,
          kind: 'AccessKey',
          metadata: { name },
          spec,
        },
      )
      .then(
        () => 'taken',
        (error: unknown) => (error instanceof ApiError ? error.message : Promise.reject(error)),
      );
  const names = [
    'other/photos',
    '../other/photos',
    'other:photos',
    'Photos',
    '/photos',
    '..',
    'photos\n',
    '*',
  ];

  test.each(names)('Secret %j is no secretName and no importFrom', async (name) => {
    expect(await sent({ limited: true, secretName: name })).toContain('spec.secretName');
    expect(await sent({ limited: true, importFrom: { secretName: name } })).toContain('spec.importFrom');
  });

  test.each<[string, object]>([
    ['Secret, by a namespace beside its name', { importFrom: { secretName: 'photos', namespace: 'other' } }],
    ['store, by a namespace beside its name', { storeRef: { name: 'default', namespace: 'other' } }],
    ['credentials', { credentialsRef: { namespace: 'other', name: 'minio-admin' } }],
    ['endpoint', { storeRef: { name: 'default', endpoint: 'https://minio.example.com' } }],
  ])('%s: there is no such field', async (_, spec) => {
    expect(await sent({ limited: true })).toBe('taken');
    expect(await sent({ limited: true, ...spec })).toContain('unknown field');
  });

  test.each(['other/default', '../default', 'default/status', '*', ''])(
    'store %j is no name',
    async (name) => {
      expect(await sent({ limited: true, storeRef: { name } })).toContain('spec.storeRef.name');
    },
  );

  test('Secret of the same name is not the one that is imported', async () => {
    const [mine, theirs] = [shop, shopEu];
    const name = `legacy-${randomBytes(4).toString('hex')}`;
    const strict = await tenants.store({
      grants: [{ namespaces: { all: true }, buckets: ['*'], allowImport: true }],
    });
    await bed.api.create({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { namespace: theirs, name },
      stringData: { AWS_ACCESS_KEY_ID: 'legacy-user', AWS_SECRET_ACCESS_KEY: 'legacy-secret' },
    });
    const ref = await tenants.accessKey(mine, strict, { limited: true, importFrom: { secretName: name } });
    expect((await reason(bed, ref, 'ImportRefused')).message).toContain('does not exist');
  });
});
