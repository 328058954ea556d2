/** `{namespace}` in a grant gives those who may create namespaces the buckets of that name, and no keys. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  fixtures,
  limitedKey,
  namespaceRef,
  readHello,
  readPair,
  ready,
  reason,
  s3Client,
  s3Outcome,
  secretOf,
  type TestStore,
} from '../support/fixtures.ts';

const patterns = await fixtures('patterns');
const { bed } = patterns;
afterAll(patterns.end);

let store: TestStore;
const name = `payroll-${randomBytes(3).toString('hex')}`;

beforeAll(async () => {
  store = await patterns.store({
    minio: await bed.startMinio(),
    grants: [{ namespaces: { all: true }, buckets: ['{namespace}', '{namespace}.*'] }],
  });
  const root = s3Client(store.minio, {
    accessKeyId: store.minio.rootUser,
    secretAccessKey: store.minio.rootPassword,
  });
  for (const bucket of [name, `${name}.2026`, `${name}-eu`, `${name}-eu.2026`]) {
    await root.makeBucket(bucket);
    await root.putObject(bucket, 'hello', 'hello');
  }
  await patterns.operator();
});

const reads = (bucketName: string) => limitedKey({ [bucketName]: 'read_only' });

async function pairFor(bucketName: string) {
  const ref = await patterns.accessKey(name, store, reads(bucketName));
  await ready(bed, ref);
  return readPair(bed, secretOf(ref));
}

const use = async (pair: Awaited<ReturnType<typeof pairFor>>, bucket: string) =>
  s3Outcome(readHello(s3Client(store.minio, pair), bucket));

test('a namespace named like a bucket gets that bucket and those below its name, and no bucket that only begins so', async () => {
  await bed.api.create({ ...namespaceRef(name) });
  expect(await use(await pairFor(name), name)).toBe('ok');
  expect(await use(await pairFor(`${name}.2026`), `${name}.2026`)).toBe('ok');
  for (const bucket of [`${name}-eu`, `${name}-eu.2026`]) {
    await reason(bed, await patterns.accessKey(name, store, reads(bucket)), 'GrantDenied');
  }
});

test('made anew, it has the buckets of its name again; the keys of the earlier one have ended', async () => {
  const old = await pairFor(name);
  await bed.api.delete(namespaceRef(name));
  await bed.api.waitGone(namespaceRef(name), { timeoutMs: 60_000 });
  expect(await use(old, name)).toBe('InvalidAccessKeyId');
  await bed.api.create({ ...namespaceRef(name) });
  expect(await use(await pairFor(name), name)).toBe('ok');
  expect(await use(old, name)).toBe('InvalidAccessKeyId');
  await bed.api.delete(namespaceRef(name));
  await bed.api.waitGone(namespaceRef(name), { timeoutMs: 60_000 });
});
