import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeMark } from '../../../src/ownership/mark.ts';
import { policyName } from '../../../src/ownership/names.ts';
import type { Pair } from '../../../src/provider/provider.ts';
import {
  edit,
  expectRevoked,
  fixtures,
  inUse,
  limitedKey,
  policyOf,
  readPair,
  ready,
  reason,
  s3Client,
  s3Outcome,
  samePair,
  secretOf,
  secretRef,
  type TestStore,
} from '../support/fixtures.ts';

/** importFrom: an application that uses a pair already keeps it. */
const { bed, cluster, namespace, operator, store: makeStore, accessKey, end } = await fixtures('import');
const GRANTS = [{ namespaces: { all: true }, buckets: ['*'], unrestricted: true, allowImport: true }];
const BUCKET = 'import';
const SPEC = limitedKey({ [BUCKET]: 'read_write' });
let store: TestStore;
let ns: string;

beforeAll(async () => {
  await operator();
  store = await makeStore({ grants: GRANTS });
  ns = await namespace();
  await s3Client(bed.minio, root()).makeBucket(BUCKET);
});
afterAll(end);

const root = (): Pair => ({ accessKeyId: bed.minio.rootUser, secretAccessKey: bed.minio.rootPassword });
const write = (pair: Pair) => () => s3Client(bed.minio, pair).putObject(BUCKET, 'x', 'x');
const made: string[] = [];

/** A user that an application has had for long, with one of the store's own policies. */
async function oldUser(policies: readonly string[] = ['readwrite']): Promise<Pair> {
  const pair = {
    accessKeyId: `old-${randomBytes(4).toString('hex')}`,
    secretAccessKey: randomBytes(12).toString('hex'),
  };
  await store.admin.putUser(pair);
  if (policies.length > 0) await store.admin.setUserPolicies(pair.accessKeyId, policies);
  made.push(pair.accessKeyId);
  return pair;
}

async function oldSecret({ accessKeyId, secretAccessKey }: Pair): Promise<string> {
  const name = `old-${randomBytes(4).toString('hex')}`;
  const data = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
  await bed.api.create({ ...secretRef(ns, name), stringData: data });
  return name;
}

test('an imported pair goes on working all the while, with the permissions of the AccessKey', async () => {
  const pair = await oldUser();
  const secretName = await oldSecret(pair);
  const before = await bed.api.get(secretRef(ns, secretName));
  const { result: ref, use } = await inUse(write(pair), async () => {
    const imported = await accessKey(ns, store, { ...SPEC, importFrom: { secretName } });
    await ready(bed, imported);
    return imported;
  });
  expect(use.refusals).toEqual([]);
  expect(samePair(await readPair(bed, secretOf(ref)), pair)).toBe(true);
  const user = await store.admin.getUser(pair.accessKeyId);
  expect(user?.policies).toEqual([policyOf(cluster, ref)]);
  expect((await ready(bed, ref)).status.accessKeyId).toBe(pair.accessKeyId);
  expect(await s3Outcome(s3Client(bed.minio, pair).putObject('another', 'x', 'x'))).toBe('AccessDenied');
  // The Secret that was imported is only read.
  const after = await bed.api.get(secretRef(ns, secretName));
  expect(after?.metadata.resourceVersion).toBe(before?.metadata.resourceVersion);
  // No digest of a secret that a person chose is written anywhere.
  const { annotations } = (await bed.api.get(secretOf(ref)))?.metadata ?? {};
  expect(annotations?.['accesskeys.dev/pair-digest']).toBe('imported');

  await edit(bed, ref, { label: 'Imported' });
  await ready(bed, ref);
  expect(samePair(await readPair(bed, secretOf(ref)), pair)).toBe(true);

  await edit(bed, ref, { keyGeneration: 2 });
  const rotated = await ready(bed, ref);
  expect(rotated.status.accessKeyId).toMatch(/^AKO/);
  expect(rotated.status.previousKeys?.map((key) => key.accessKeyId)).toEqual([pair.accessKeyId]);
  expect(await s3Outcome(write(pair)())).toBe('ok');

  await bed.api.delete(ref);
  await bed.api.waitGone(ref);
  await expectRevoked(store, policyOf(cluster, ref), [pair.accessKeyId, rotated.status.accessKeyId ?? '']);
});

describe('an import is refused, and nothing is touched, if', () => {
  test.each<[string, string, () => Promise<Pair>]>([
    [
      "the Secret's secret is a wrong one",
      'does not accept its pair',
      async () => ({ ...(await oldUser()), secretAccessKey: 'wrong-secret-key' }),
    ],
    [
      'there is no such user',
      'has no user',
      async () => ({ accessKeyId: 'nobody-here', secretAccessKey: 'whatever-it-is' }),
    ],
    ["it is the store's root", 'with which the operator manages the store', async () => root()],
    [
      'the user is disabled',
      'is disabled',
      async () => {
        const pair = await oldUser();
        await store.admin.setUserEnabled(pair.accessKeyId, false);
        return pair;
      },
    ],
    [
      "the user is another AccessKey's",
      'belongs to an AccessKey already',
      async () => {
        const other = await accessKey(ns, store, SPEC);
        await ready(bed, other);
        return readPair(bed, secretOf(other));
      },
    ],
    [
      "the user is another cluster's",
      'belongs to an AccessKey already',
      async () => {
        const policy = policyName({ name: 'elsewhere', uid: 'x' }, 'a', 'b');
        const ID = encodeMark({ clusterUid: 'elsewhere', accessKeyUid: 'x', flags: new Set(), label: 'x' });
        await store.admin.putPolicy(policy, {
          ID,
          Version: '2012-10-17',
          Statement: [{ Effect: 'Allow', Action: ['s3:ListAllMyBuckets'], Resource: ['arn:aws:s3:::*'] }],
        });
        return oldUser([policy]);
      },
    ],
  ])('%s', async (_what, said, pairOf) => {
    const pair = await pairOf();
    const before = await store.admin.getUser(pair.accessKeyId);
    const ref = await accessKey(ns, store, { ...SPEC, importFrom: { secretName: await oldSecret(pair) } });
    expect((await reason(bed, ref, 'ImportRefused')).message).toContain(said);
    expect(await store.admin.getUser(pair.accessKeyId)).toEqual(before);
    expect(await bed.api.exists(secretOf(ref))).toBe(false);
  });

  test('the store does not grant it', async () => {
    const strict = await makeStore({ grants: [{ namespaces: { all: true }, buckets: ['*'] }] });
    const pair = await oldUser();
    const ref = await accessKey(ns, strict, { ...SPEC, importFrom: { secretName: await oldSecret(pair) } });
    expect((await reason(bed, ref, 'GrantDenied')).message).toContain('allowImport');
    expect((await store.admin.getUser(pair.accessKeyId))?.policies).toEqual(['readwrite']);
  });

  test("it is the operator's own user", async () => {
    const own = await oldUser(['consoleAdmin']);
    const credentials = { AWS_ACCESS_KEY_ID: own.accessKeyId, AWS_SECRET_ACCESS_KEY: own.secretAccessKey };
    const other = await makeStore({ grants: GRANTS, credentials });
    const ref = await accessKey(ns, other, { ...SPEC, importFrom: { secretName: await oldSecret(own) } });
    expect((await reason(bed, ref, 'ImportRefused')).message).toContain(
      'with which the operator manages the store',
    );
    expect((await store.admin.getUser(own.accessKeyId))?.policies).toEqual(['consoleAdmin']);
  });

  test('its Secret is missing, until it is there', async () => {
    const pair = await oldUser();
    const name = `late-${randomBytes(4).toString('hex')}`;
    const ref = await accessKey(ns, store, { ...SPEC, importFrom: { secretName: name } });
    expect((await reason(bed, ref, 'ImportRefused')).message).toContain('does not exist');
    const data = { AWS_ACCESS_KEY_ID: pair.accessKeyId, AWS_SECRET_ACCESS_KEY: pair.secretAccessKey };
    await bed.api.create({ ...secretRef(ns, name), stringData: data });
    await ready(bed, ref, { timeoutMs: 60_000 });
    expect(samePair(await readPair(bed, secretOf(ref)), pair)).toBe(true);
  });
});
