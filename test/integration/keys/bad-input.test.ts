/** Faults in a key's surroundings: the status says the remedy, no other key stops, and the cure needs no restart. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Operator } from '../../bed/operator.ts';
import { startProxy } from '../../bed/proxy.ts';
import {
  credentialsData,
  edit,
  fixtures,
  limitedKey,
  type NamespacedRef,
  policyOf,
  readPair,
  ready,
  reason,
  secretOf,
  storeReady,
  type TestStore,
  usersOf,
} from '../support/fixtures.ts';

const bad = await fixtures('bad');
const { bed, cluster } = bad;
afterAll(bad.end);

/** The maximum time of a key without an obstacle, or after its obstacle has gone. */
const SOON = { timeoutMs: 15_000 };
const limited = limitedKey({ photos: 'read_write' });

let operator: Operator;
let namespace = '';
let good: TestStore;

beforeAll(async () => {
  good = await bad.store();
  namespace = await bad.namespace();
  operator = await bad.operator();
});

/** Makes a key of the store, waits for this reason, and sees another key through at the same time. */
async function stuck(store: TestStore | string, expected: string) {
  const ref = await bad.accessKey(namespace, store, limited);
  const { message } = await reason(bed, ref, expected, SOON);
  await expectOthersServed();
  return { ref, message };
}

async function expectOthersServed(): Promise<void> {
  const ref = await bad.accessKey(namespace, good, limited);
  await ready(bed, ref, SOON);
  expect(await good.admin.probe(await readPair(bed, secretOf(ref)))).toMatchObject({ kind: 'works' });
}

async function expectWorks(store: TestStore, ref: NamespacedRef): Promise<void> {
  await ready(bed, ref, SOON);
  expect(await store.admin.probe(await readPair(bed, secretOf(ref)))).toMatchObject({ kind: 'works' });
}

describe('a store', () => {
  test('that does not exist is named, and its keys wait for it', async () => {
    const name = `bad-late-${crypto.randomUUID().slice(0, 8)}`;
    const { ref, message } = await stuck(name, 'StoreNotFound');
    expect(message).toContain(`there is no ClusterObjectStore ${name}; create it`);
    await expectWorks(await bad.store({ name }), ref);
  });

  const root = { accessKeyId: bed.minio.rootUser, secretAccessKey: bed.minio.rootPassword };
  const wrong = { ...root, secretAccessKey: 'not-the-secret-of-root' };
  const nobody = { accessKeyId: 'nobody-here', secretAccessKey: 'whatever-it-may-be' };
  test.each([
    ['without its Secret', null, /there is no Secret \S+ with the store's credentials; create it/],
    [
      'with half of a pair',
      { AWS_ACCESS_KEY_ID: root.accessKeyId },
      /lacks AWS_SECRET_ACCESS_KEY; add what is missing/,
    ],
    ['with a wrong secret', credentialsData(wrong), /credentials|secret/],
    ['with a user that does not exist', credentialsData(nobody), /credentials|user/],
    [
      'with a line break in its id',
      credentialsData({ ...root, accessKeyId: 'one\ntwo' }),
      /access key id has a blank, a line break or another character that no id has; write/,
    ],
    ['with a blank id', credentialsData({ ...root, accessKeyId: ' \n' }), /access key id is blank; write/],
    [
      'with a line break after its secret',
      credentialsData({ ...root, secretAccessKey: `${root.secretAccessKey}\n` }),
      /secret access key is wrong; it begins or ends with a blank or a line break: remove/,
    ],
  ])('%s says so, and serves its keys once that is put right', async (_, credentials, expected) => {
    const store = await bad.store({ credentials });
    const { ref, message } = await stuck(store, 'StoreNotReady');
    expect(message).toMatch(expected);
    expect((await reason(bed, store.ref, 'StoreNotReady')).message).toMatch(expected);
    for (const secret of [wrong, nobody, root]) expect(message.includes(secret.secretAccessKey)).toBe(false);

    await bed.api.apply({ ...store.credentials, stringData: credentialsData(root) });
    await expectWorks(store, ref);
    expect((await storeReady(bed, store.ref)).status.keys).toBeGreaterThan(0);
  });

  test('with blanks and a line break around its id serves its keys', async () => {
    const accessKeyId = ` ${root.accessKeyId} \r\n`;
    const store = await bad.store({ credentials: credentialsData({ ...root, accessKeyId }) });
    await expectWorks(store, await bad.accessKey(namespace, store, limited));
  });

  test('whose credentials may not administer it says what was refused', async () => {
    const pair = { accessKeyId: 'bad-input-reader', secretAccessKey: crypto.randomUUID() };
    await good.admin.putUser(pair);
    await good.admin.setUserPolicies(pair.accessKeyId, ['readonly']);
    const store = await bad.store({ credentials: credentialsData(pair) });
    const { ref, message } = await stuck(store, 'StoreNotReady');
    expect(message).toContain('AccessDenied');
    await good.admin.setUserPolicies(pair.accessKeyId, ['consoleAdmin']);
    await expectWorks(store, ref);
    await bed.api.delete(ref);
    await bed.api.waitGone(ref);
    await good.admin.removeUser(pair.accessKeyId);
  });

  test('whose endpoint refuses connections says so, and serves its keys when it takes them', async () => {
    const proxy = await startProxy(bed.minio.endpoint);
    await proxy.down();
    const store = await bad.store({ endpoint: proxy.url });
    const { ref, message } = await stuck(store, 'StoreUnreachable');
    expect(message).toContain(proxy.url);
    expect(message).toMatch(/refuses connections/);
    await proxy.up();
    await expectWorks(store, ref);
    await bed.api.delete(ref);
    await bed.api.waitGone(ref);
    await proxy.close();
  });

  test('whose endpoint is no MinIO says so, and nothing of what it answered', async () => {
    const page = createServer((_, answer) =>
      answer.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Somebody else entirely</h1>'),
    );
    await new Promise<void>((resolve) => page.listen(0, '127.0.0.1', resolve));
    try {
      const { port } = page.address() as AddressInfo;
      const store = await bad.store({ endpoint: `http://127.0.0.1:${port}` });
      const { message } = await stuck(store, 'StoreUnreachable');
      expect(message).toContain(`127.0.0.1:${port}`);
      expect(message).not.toContain('Somebody');
      await bed.api.delete(store.ref);
    } finally {
      page.closeAllConnections();
      page.close();
    }
  });

  test('whose certificate is not by the CA that is given says so, and serves its keys with the right one', async () => {
    const [minio, other] = await Promise.all([bed.startMinio({ tls: true }), bed.startMinio({ tls: true })]);
    const store = await bad.store({ minio, spec: { caBundle: other.caPem } });
    const { ref, message } = await stuck(store, 'StoreUnreachable');
    expect(message).toMatch(/certificate/i);
    await bed.api.patch(store.ref, { spec: { caBundle: minio.caPem } });
    await expectWorks(store, ref);
    await bed.api.delete(ref);
    await bed.api.waitGone(ref);
    await Promise.all([minio.stop(), other.stop()]);
  });
});

describe("a Secret of the key's name", () => {
  test.each([
    ['that somebody made', {}],
    [
      'that carries our label with a pair that is not ours',
      { 'app.kubernetes.io/managed-by': 'access-key-operator', 'accesskeys.dev/access-key': '' },
    ],
  ])('%s is not touched, and its removal is enough', async (_, labels) => {
    const name = `bad-foreign-${crypto.randomUUID().slice(0, 8)}`;
    const foreign = secretOf({ apiVersion: '', kind: '', metadata: { namespace, name } });
    const ours = 'accesskeys.dev/access-key' in labels ? { 'accesskeys.dev/access-key': name } : {};
    const metadata = { ...foreign.metadata, labels: { ...labels, ...ours } };
    const before = await bed.api.create({
      ...foreign,
      metadata,
      stringData: { AWS_ACCESS_KEY_ID: bed.minio.rootUser, AWS_SECRET_ACCESS_KEY: 'somebody-elses' },
    });
    const ref = await bad.accessKey(namespace, good, limited, name);
    const { message } = await reason(bed, ref, 'SecretConflict', SOON);
    expect(message).toContain(`Secret ${name}`);
    expect(message).toMatch(
      /the field manager test wrote it last; remove it, or set spec\.secretName to an?(other| name)/,
    );
    await expectOthersServed();
    expect(await bed.api.get(foreign)).toEqual(before);
    await bed.api.delete(foreign);
    // Far less than its timer of 30 s.
    await ready(bed, ref, { timeoutMs: 5_000 });
    await expectWorks(good, ref);
  });

  const namedKey = (secretName: string) => bad.accessKey(namespace, good, { ...limited, secretName });

  test("of another key is named, and taken over within seconds of that key's end", async () => {
    const secretName = `bad-renamed-${crypto.randomUUID().slice(0, 8)}`;
    const before = await namedKey(secretName);
    await ready(bed, before, SOON);
    const after = await namedKey(secretName);
    const { message } = await reason(bed, after, 'SecretConflict', SOON);
    expect(message).toContain(`AccessKey ${before.metadata.name} controls it`);
    await bed.api.delete(before);
    await bed.api.waitGone(before, SOON);
    await ready(bed, after, { timeoutMs: 5_000 });
  });

  test('is a conflict of two keys that swap names, which ends once one of them gives in', async () => {
    const [x, y, z] = ['x', 'y', 'z'].map((one) => `bad-swap-${one}-${crypto.randomUUID().slice(0, 8)}`);
    if (!x || !y || !z) throw new Error('no names');
    const [one, other] = [await namedKey(x), await namedKey(y)];
    await Promise.all([one, other].map((ref) => ready(bed, ref, SOON)));
    await edit(bed, one, { secretName: y });
    await edit(bed, other, { secretName: x });
    const said = await Promise.all([one, other].map((ref) => reason(bed, ref, 'SecretConflict', SOON)));
    expect(said[0]?.message).toContain(`AccessKey ${other.metadata.name} controls it`);
    expect(said[1]?.message).toContain(`AccessKey ${one.metadata.name} controls it`);
    await edit(bed, one, { secretName: z });
    await Promise.all([one, other].map((ref) => ready(bed, ref, { timeoutMs: 8_000 })));
  });

  test('is not touched by the deletion of the key either', async () => {
    const name = `bad-kept-${crypto.randomUUID().slice(0, 8)}`;
    const foreign = secretOf({ apiVersion: '', kind: '', metadata: { namespace, name } });
    const before = await bed.api.create({ ...foreign, stringData: { mine: 'mine' } });
    const ref = await bad.accessKey(namespace, good, limited, name);
    await reason(bed, ref, 'SecretConflict', SOON);
    await bed.api.delete(ref);
    await bed.api.waitGone(ref, SOON);
    expect(await bed.api.get(foreign)).toEqual(before);
  });
});

test('a request that is not granted is refused with the entries that are not, and what is', async () => {
  const store = await bad.store({
    grants: [
      { namespaces: { names: [namespace] }, buckets: ['shop-*'], permissions: 'read_only' },
      { namespaces: { names: ['elsewhere'] }, buckets: ['*'], unrestricted: true },
    ],
  });
  const ref = await bad.accessKey(
    namespace,
    store,
    limitedKey({ 'shop-photos': 'read_only', 'shop-logs': 'read_write', payroll: 'read_only' }),
  );
  const unrestricted = await bad.accessKey(namespace, store);
  const { message } = await reason(bed, ref, 'GrantDenied', SOON);
  expect(message).toContain('read_write on bucket shop-logs');
  expect(message).toContain('read_only on bucket payroll');
  expect(message).not.toContain('shop-photos');
  expect(message).toContain('it grants read_only on shop-*');
  expect((await reason(bed, unrestricted, 'GrantDenied', SOON)).message).toContain('unrestricted access');
  await expectOthersServed();
  expect(await store.admin.getPolicy(policyOf(cluster, ref))).toBeUndefined();
  expect(await bed.api.exists(secretOf(ref))).toBe(false);

  await bed.api.patch(store.ref, {
    spec: { grants: [{ namespaces: { all: true }, buckets: ['*'], unrestricted: true }] },
  });
  await expectWorks(store, ref);
  await expectWorks(store, unrestricted);
});

test('a quota that leaves no room for the Secret is named, leaves no user behind, and delays the key only while it lasts', async () => {
  const tight = await bad.namespace('tight');
  const quota = {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'no-secrets', namespace: tight },
  };
  await bed.api.create({ ...quota, spec: { hard: { secrets: '0' } } });
  await bed.api.waitFor(quota, 'counted', (seen) => seen?.status?.['used']);
  const ref = await bad.accessKey(tight, good, limited);
  const { message } = await reason(bed, ref, 'SecretRejected', SOON);
  expect(message).toContain('exceeded quota: no-secrets');
  await expectOthersServed();
  // More tries have failed by then, and every one of them but the first before it touched the store.
  const steps = () =>
    operator.lines
      .filter(({ name }) => name === ref.metadata.name)
      .flatMap(({ steps: done }) => (Array.isArray(done) ? done : []));
  const failures = () =>
    operator.lines.filter(
      ({ msg, namespace, name }) =>
        msg?.startsWith('reconcile failed') && namespace === tight && name === ref.metadata.name,
    );
  await expect.poll(() => failures().length, { timeout: SOON.timeoutMs }).toBeGreaterThan(2);
  expect(steps().filter((step) => step === 'putUser')).toHaveLength(1);
  expect(await usersOf(good, cluster, ref)).toEqual([]);

  await bed.api.patch(quota, { spec: { hard: { secrets: '10' } } });
  await expectWorks(good, ref);
});
