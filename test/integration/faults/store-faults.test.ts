/**
 * A store that breaks off, refuses, dawdles, talks nonsense, lies or forgets: whatever is asked of its keys meanwhile
 * comes about when it is well again.
 */
import { cp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { canMount, type Minio } from '../../bed/minio.ts';
import type { Operator } from '../../bed/operator.ts';
import { type Action, type FaultProxy, type Hook, startProxy } from '../../bed/proxy.ts';
import { fiveKeys } from '../support/five-keys.ts';
import {
  edit,
  eventReasons,
  expectRevoked,
  fixtures,
  policyOf,
  readPair,
  ready,
  reason,
  s3Client,
  s3Outcome,
  samePair,
  secretOf,
  storeReady,
  type TestStore,
  touch,
  until,
} from '../support/fixtures.ts';
import { type PairWatcher, watchPairs } from '../support/pair-watcher.ts';
import { type Rules, rulesFor } from '../support/rules.ts';
import { IMPATIENT } from '../support/timings.ts';

const faults = await fixtures('store-faults', IMPATIENT);
const { bed, cluster } = faults;
/** A failed key is tried again after some time, twice that and so on: within these it is through. */
const SOON = { timeoutMs: 40_000 };

let minio: Minio;
let proxy: FaultProxy;
let store: TestStore;
let namespace = '';
let watcher: PairWatcher;
let rules: Rules;
let operator: Operator;
/** True while the store has older data, which refuses pairs of applications. */
let older = false;

beforeAll(async () => {
  minio = await bed.startMinio();
  proxy = await startProxy(minio.endpoint);
  store = await faults.store({ minio, endpoint: proxy.url });
  namespace = await faults.namespace();
  watcher = await watchPairs(bed, minio, namespace, {
    everyMs: 500,
    excuse: async () => (older ? 'the store has older data' : undefined),
  });
  rules = await rulesFor(faults, { stores: [store], namespaces: [namespace], watchers: [watcher] });
  operator = await faults.operator();
  await storeReady(bed, store.ref);
});
afterEach(async () => {
  proxy.onRequest(undefined);
  await rules.hold();
});
afterAll(async () => {
  await watcher.stop();
  await faults.end();
  await proxy.close();
});

const { issue, readyKeys, expectAllToComeAbout, mayRead, mayWrite } = fiveKeys(
  faults,
  () => ({ store, namespace, operator }),
  SOON,
);

/**
 * The first `times` requests about keys or users meet it; the store's own check passes, so that the keys go on trying.
 */
function firstOf(times: number, action: (path: string) => Action): { hook: Hook; met: () => number } {
  let met = 0;
  return {
    met: () => met,
    hook: ({ path }) => {
      if (path.includes('accesskeys.check') || met === times) return undefined;
      met += 1;
      return action(path);
    },
  };
}

const answer = (status: number, body: string, headers: Record<string, string> = {}): Action => ({
  do: 'answer',
  status,
  body,
  headers,
});

describe('keys reach their specs although the store', () => {
  test.each<[string, (path: string) => Action]>([
    ['resets connections', () => ({ do: 'reset' })],
    ['does what it is asked and then resets the connection', () => ({ do: 'dropAnswer' })],
    ['resets the connection in the middle of an answer', () => ({ do: 'cut', afterBytes: 20 })],
    ['answers 503', () => answer(503, '<Error><Code>SlowDownWrite</Code></Error>')],
    ['answers 500', () => answer(500, '{"Code":"InternalError"}')],
    ['answers 200 with a half of JSON', () => answer(200, '{"policyName": "acc')],
    ['answers 200 with another JSON', () => answer(200, '[null]')],
    ['answers 200 with a web page', () => answer(200, '<p>', { 'content-type': 'text/html' })],
    ['answers 404 as a web server does', () => answer(404, 'not found', { 'content-type': 'text/plain' })],
    ['redirects elsewhere', () => answer(307, '', { location: 'http://127.0.0.1:1/' })],
  ])('%s', async (_, action) => {
    const { hook, met } = firstOf(12, action);
    await expectAllToComeAbout(async (change) => {
      proxy.onRequest(hook);
      await change();
      await until('met', async () => met() === 12, SOON.timeoutMs);
    });
  });

  test('refuses connections for a while', async () => {
    await expectAllToComeAbout(async (change) => {
      await proxy.down();
      await change();
      await reason(bed, store.ref, 'StoreUnreachable');
      await proxy.up();
    });
  });

  // A list has four times as long as other requests: `npm run soak` waits for those.
  test('takes a second over each answer', async () => {
    await expectAllToComeAbout(async (change) => {
      proxy.onRequest(async () => {
        await sleep(1_000);
        return undefined;
      });
      await change();
      await sleep(3_000);
      proxy.onRequest(undefined);
    });
  });
});

test('a key waits as long as the store asks it to by Retry-After', async () => {
  const asked: number[] = [];
  proxy.onRequest(({ path }) => {
    if (!path.includes('add-user')) return undefined;
    asked.push(performance.now());
    return asked.length > 1
      ? undefined
      : answer(503, '<Error><Code>SlowDown</Code></Error>', { 'retry-after': '4' });
  });
  const ref = await issue();
  await ready(bed, ref, SOON);
  const [first = 0, second = 0] = asked;
  // Without it the first retry comes after half a second at most, even in a patient operator.
  expect(second - first).toBeGreaterThanOrEqual(4_000);
  await bed.api.delete(ref);
  await bed.api.waitGone(ref);
});

test('an overloaded store keeps the user that it has made, and the retry goes on with it', async () => {
  const asked: string[] = [];
  let busy = 3;
  proxy.onRequest(({ path }) => {
    const { pathname, searchParams } = new URL(path, 'http://s3');
    if (/add-user|remove-user/.test(pathname))
      asked.push(`${pathname.split('/').at(-1)} ${searchParams.get('accessKey')}`);
    if (!pathname.includes('set-user-or-group-policy') || busy === 0) return undefined;
    busy -= 1;
    return answer(503, '<Error><Code>SlowDown</Code></Error>');
  });
  const ref = await issue();
  await ready(bed, ref, SOON);
  const { accessKeyId } = await readPair(bed, secretOf(ref));
  expect(busy).toBe(0);
  expect([...new Set(asked)]).toEqual([`add-user ${accessKeyId}`]);
  await bed.api.delete(ref);
  await bed.api.waitGone(ref);
});

test('a 200 to remove-user that removed nothing is not believed', async () => {
  const [ref] = await readyKeys(1);
  if (!ref) throw new Error('no key');
  const { accessKeyId } = await readPair(bed, secretOf(ref));
  proxy.onRequest(({ path }) => (path.includes('remove-user') ? answer(200, '') : undefined));
  await bed.api.delete(ref);
  const waits = await bed.api.waitFor(ref, 'waiting', (object) =>
    object?.status?.conditions?.find(({ reason: why }) => why === 'Deleting'),
  );
  expect(waits.message).toContain(accessKeyId);
  expect(await store.admin.getUser(accessKeyId)).toBeDefined();
  expect(await bed.api.get(ref)).toBeDefined();
  proxy.onRequest(undefined);
  await bed.api.waitGone(ref, SOON);
  await expectRevoked(store, policyOf(cluster, ref), [accessKeyId]);
});

test('every key is repaired with its pair when a store is started again with older data', async () => {
  const data = join(bed.folder, minio.name);
  const copy = `${data}-copy`;
  const [rotated, disabled, doomed, kept, edited] = await readyKeys(5);
  if (!rotated || !disabled || !doomed || !kept || !edited) throw new Error('no keys');
  const [old, dead] = await Promise.all([readPair(bed, secretOf(rotated)), readPair(bed, secretOf(doomed))]);
  const deadPolicy = policyOf(cluster, doomed);
  await minio.stop();
  await cp(data, copy, { recursive: true });
  await minio.start();
  await edit(bed, rotated, { keyGeneration: 2 });
  await edit(bed, disabled, { disabled: true });
  await edit(bed, edited, mayWrite);
  await bed.api.delete(doomed);
  const made = await issue();
  await Promise.all([
    ready(bed, made, SOON),
    ready(bed, rotated, SOON),
    ready(bed, edited, SOON),
    reason(bed, disabled, 'Disabled', SOON),
    bed.api.waitGone(doomed, SOON),
  ]);
  const pairs = await Promise.all([made, rotated, kept].map((ref) => readPair(bed, secretOf(ref))));

  older = true;
  await minio.stop();
  await rm(data, { recursive: true });
  await cp(copy, data, { recursive: true });
  await minio.start();
  // Found by the sweep at a start, or once in a resync interval; the document once in a policy check's.
  operator = await faults.restart({ args: ['--policy-check-interval=1s'] });

  const works = async () =>
    (await Promise.all(pairs.map((pair) => s3Outcome(s3Client(minio, pair).listBuckets())))).join();
  await until('all pairs as they were', async () => (await works()) === 'ok,ok,ok');
  older = false;
  const secrets = [made, rotated, kept].map((ref) => readPair(bed, secretOf(ref)));
  for (const [i, now] of (await Promise.all(secrets)).entries()) {
    const before = pairs[i];
    expect(before && samePair(now, before)).toBe(true);
  }
  expect(await s3Outcome(s3Client(minio, old).listBuckets())).toBe('ok');
  const { accessKeyId } = await readPair(bed, secretOf(disabled));
  await until('disabled again', async () => (await store.admin.getUser(accessKeyId))?.enabled === false);
  await until('edited again', async () =>
    JSON.stringify(await store.admin.getPolicy(policyOf(cluster, edited))).includes('s3:PutObject'),
  );
  const { metadata } = await ready(bed, made);
  // Events come after what is urgent.
  await until('said', async () => (await eventReasons(bed, metadata.uid, namespace)).includes('Repaired'));

  // The deleted key has come back with the data: nobody's now, it is counted, and disabled after an hour (rule 12).
  await bed.api.waitFor(store.ref, 'counting', (object) => object?.status?.['orphanedUsers'] === 1);
  expect(await rules.violations()).toContain(`user ${dead.accessKeyId} belongs to no AccessKey`);
  await store.admin.removeUser(dead.accessKeyId);
  await store.admin.removePolicy(deadPolicy);
  await touch(bed, kept);
});

const mountable = canMount();
if (!mountable) console.log('SKIPPED: a store with a full disk, since this machine lets nobody mount one');

test.skipIf(!mountable)(
  'a store whose disk is full keeps what is in force, and does what was asked when there is room',
  async () => {
    const small = await bed.startMinio({ diskMiB: 32 });
    // Its own mounts are seen by its process.
    const filler = join('/proc', String(small.pid), 'root', bed.folder, small.name, 'filler');
    const full = await faults.store({ minio: small });
    const here = await faults.namespace('full');
    const own = await rulesFor(faults, { stores: [full], namespaces: [here] });
    const [kept, edited, doomed] = await Promise.all(
      [1, 2, 3].map(() => faults.accessKey(here, full, mayRead)),
    );
    if (!kept || !edited || !doomed) throw new Error('no keys');
    await Promise.all([kept, edited, doomed].map((ref) => ready(bed, ref)));
    const pair = await readPair(bed, secretOf(kept));

    await writeFile(filler, Buffer.alloc(64 * 1024 * 1024)).catch((error: NodeJS.ErrnoException) => {
      expect(error.code).toBe('ENOSPC');
    });
    const made = await faults.accessKey(here, full, mayRead);
    await Promise.all([edit(bed, edited, mayWrite), bed.api.delete(doomed)]);
    const { reason: why } = await bed.api.waitFor(made, 'waiting', (object) =>
      object?.status?.conditions?.find(
        ({ type, message }) => type === 'Ready' && message?.includes('could not'),
      ),
    );
    expect(['StoreUnreachable', 'StoreRejected']).toContain(why);
    expect(await bed.api.exists(secretOf(made))).toBe(false);
    expect(await s3Outcome(s3Client(small, pair).listBuckets())).toBe('ok');
    expect((await ready(bed, kept)).status.accessKeyId).toBe(pair.accessKeyId);

    await rm(filler);
    await Promise.all([ready(bed, made, SOON), ready(bed, edited, SOON), bed.api.waitGone(doomed, SOON)]);
    await own.hold();
  },
);
