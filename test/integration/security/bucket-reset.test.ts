/**
 * MinIO's header x-minio-force-create lets a key that may create buckets reset existing ones. No key has that right
 * unless the store's administrator writes CreateOrResetBuckets, and then only one that its namespace may write.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type SignedCall, signedCalls } from '../../permissions/signed-call.ts';
import { createSettledBucket, settingsOf } from '../support/bucket-settings.ts';
import {
  fixtures,
  type NamespacedRef,
  readPair,
  ready,
  s3Client,
  s3Outcome,
  secretOf,
  storeReady,
  type TestStore,
  until,
} from '../support/fixtures.ts';

const reset = await fixtures('reset');
const { bed } = reset;
afterAll(reset.end);

const REFUSED = 'AccessDenied';
const FORCE_CREATE = { 'x-minio-force-create': 'true' };
const FORCE_DELETE = { 'x-minio-force-delete': 'true' };
/** The value that earlier CRDs wrote into every store by default. */
const OLD_DEFAULT = ['ListBuckets', 'CreateBuckets'];
const GIVEN = ['ListBuckets', 'CreateOrResetBuckets'];

/** Begins the names of the buckets that the namespace is granted as read_only. */
const READABLE = `shop-${crypto.randomUUID().slice(0, 8)}-`;
/** The same as read_write. */
const WRITABLE = `own-${crypto.randomUUID().slice(0, 8)}-`;
const victim = `${READABLE}worm`;
const grants = [
  { namespaces: { all: true }, buckets: [`${READABLE}*`], permissions: 'read_only' },
  { namespaces: { all: true }, buckets: [`${WRITABLE}*`], permissions: 'read_write', unrestricted: true },
];

let namespace = '';
let settings: Awaited<ReturnType<typeof settingsOf>>;

beforeAll(async () => {
  namespace = await reset.namespace();
  await reset.operator();
  await createSettledBucket(bed.minio, victim);
  settings = await settingsOf(bed.minio, victim);
});

/** Sends requests as the pair of that key. */
async function callsOf(ref: NamespacedRef): Promise<(call: SignedCall) => Promise<string>> {
  const send = signedCalls(bed.minio.endpoint, await readPair(bed, secretOf(ref)));
  return (call) => s3Outcome(send(call));
}

async function issue(store: TestStore, spec: object): Promise<NamespacedRef> {
  const ref = await reset.accessKey(namespace, store, spec);
  await ready(bed, ref);
  return ref;
}

/** Every bucket of another name than those that the key may create, by force and without. */
async function expectNoCreation(send: (call: SignedCall) => Promise<string>, names: readonly string[]) {
  for (const bucket of names) {
    for (const headers of [{}, FORCE_CREATE, { ...FORCE_CREATE, 'x-amz-bucket-object-lock-enabled': 'true' }])
      expect([bucket, headers, await send({ method: 'PUT', bucket, headers })]).toContain(REFUSED);
  }
}

const limited = (...bucketAccess: object[]) => ({ limited: true, bucketAccess });
const writes = { bucketName: `${WRITABLE}photos`, permissions: 'read_write' };
const reads = { bucketName: victim, permissions: 'read_only' };

describe.each([
  ['nothing is written of what every key may', undefined],
  ['the store has the default of an earlier CRD', OLD_DEFAULT],
])('if %s', (_, everyKeyMay) => {
  let store: TestStore;
  beforeAll(async () => {
    store = await reset.store({ grants, ...(everyKeyMay && { spec: { everyKeyMay } }) });
    await storeReady(bed, store.ref);
  });

  test.each<[string, object]>([
    ['without any bucket', limited()],
    ['that reads the bucket', limited(reads)],
    ['that writes others', limited(writes)],
    ['with full access', { limited: false }],
  ])('a key %s neither creates nor resets a bucket', async (_title, spec) => {
    const send = await callsOf(await issue(store, spec));
    await expectNoCreation(send, [
      victim,
      `${READABLE}new`,
      `${WRITABLE}new`,
      writes.bucketName,
      'elsewhere',
    ]);
    expect(await settingsOf(bed.minio, victim)).toEqual(settings);
  });

  test('the store says what its list gives', async () => {
    const said = (await bed.api.get(store.ref))?.status?.conditions?.find(({ type }) => type === 'Ready');
    if (everyKeyMay) expect(said?.message).toContain('CreateBuckets in everyKeyMay has no effect');
    else expect(said?.message).not.toContain('everyKeyMay');
  });
});

describe('if the administrator gives creating and resetting', () => {
  let store: TestStore;
  beforeAll(async () => {
    store = await reset.store({ grants, spec: { everyKeyMay: GIVEN } });
  });

  test('the store says so', async () => {
    await storeReady(bed, store.ref);
    const said = (await bed.api.get(store.ref))?.status?.conditions?.find(({ type }) => type === 'Ready');
    expect(said?.message).toContain('every key may reset existing buckets');
  });

  test('a key creates buckets that its namespace may write, and no others', async () => {
    const send = await callsOf(await issue(store, limited(reads)));
    const wider = WRITABLE.slice(0, -2);
    await expectNoCreation(send, [victim, `${READABLE}new`, `${wider}new`, 'elsewhere']);
    expect(await settingsOf(bed.minio, victim)).toEqual(settings);
    const bucket = `${WRITABLE}made`;
    expect(await send({ method: 'PUT', bucket })).toBe('ok');
    // It has nothing in what it has made.
    for (const call of [
      { method: 'GET', bucket, query: [['list-type', '2']] },
      { method: 'PUT', bucket, object: 'a', body: 'a' },
      { method: 'DELETE', bucket },
    ] as const)
      expect([call, await send(call)]).toContain(REFUSED);
    expect(await send({ method: 'PUT', bucket })).toBe('BucketAlreadyOwnedByYou');
  });

  test('an unrestricted key creates, and removes no bucket by force', async () => {
    const ref = await issue(store, { limited: false });
    const send = await callsOf(ref);
    const bucket = `${WRITABLE}whole`;
    expect(await send({ method: 'PUT', bucket })).toBe('ok');
    for (const headers of [FORCE_DELETE, { 'x-minio-force-delete': 'false' }])
      expect(await send({ method: 'DELETE', bucket, headers })).toBe(REFUSED);
    const s3 = s3Client(bed.minio, await readPair(bed, secretOf(ref)));
    expect(await s3Outcome(s3.bucketExists(bucket))).toBe('ok');
    expect(await send({ method: 'DELETE', bucket })).toBe('ok');
  });

  test.each<[string, object]>([
    ['an operator that knows better than the default of an earlier CRD', { everyKeyMay: OLD_DEFAULT }],
    ['an administrator who removes the list', { everyKeyMay: null }],
  ])('%s takes it from keys that there are', async (_, spec) => {
    const own = await reset.store({ grants, spec: { everyKeyMay: GIVEN } });
    const sends = [
      await callsOf(await issue(own, limited(writes))),
      await callsOf(await issue(own, { limited: false })),
    ];
    let made = 0;
    for (const send of sends) {
      const create = async () => {
        made += 1;
        return send({ method: 'PUT', bucket: `${WRITABLE}${own.name.slice(-6)}-${made}` });
      };
      // The list that was given back reaches one key after the other.
      await until('given', async () => (await create()) === 'ok');
      await bed.api.patch(own.ref, { spec });
      await until('taken', async () => (await create()) === REFUSED);
      await expectNoCreation(send, [victim, `${WRITABLE}made`]);
      await bed.api.patch(own.ref, { spec: { everyKeyMay: GIVEN } });
      await until('given again', async () => (await create()) === 'ok');
    }
  });
});
