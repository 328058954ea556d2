/**
 * A key ends while its pass waits for an answer that doesn't come: of the store, or of the API server. Its end doesn't
 * wait.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Pair } from '../../../src/provider/provider.ts';
import type { Action, FaultProxy, ProxyRequest } from '../../bed/proxy.ts';
import {
  edit,
  expectRevoked,
  fixtures,
  limitedKey,
  type NamespacedRef,
  policyOf,
  readPair,
  ready,
  reason,
  secretOf,
  storeReady,
  until,
  usersOf,
} from '../support/fixtures.ts';
import { type Proxied, proxied } from '../support/proxied.ts';
import { withTimings } from '../support/timings.ts';

/** As long as the operator waits for a store that was slow: much longer than this test. */
const STORE_TIMEOUT_MS = 120_000;
/** Within which the store refuses a pair whose key has ended, on a busy machine. */
const SECONDS_MS = 12_000;

const held = await fixtures('held', withTimings({ storeTimeoutMs: STORE_TIMEOUT_MS, lateWritesMs: 4_000 }));
const { bed, cluster } = held;
let behind: Proxied;
let namespace = '';
let other: NamespacedRef;

/** The next request to hold, on either proxy. */
interface Hold {
  readonly proxy: FaultProxy;
  readonly isIt: (request: ProxyRequest) => boolean;
  readonly take: () => Action;
}
const holds = new Set<Hold>();

beforeAll(async () => {
  behind = await proxied(held);
  namespace = await held.namespace();
  await behind.operator();
  for (const proxy of [behind.s3, behind.api]) {
    proxy.onRequest((request) =>
      [...holds].find((hold) => hold.proxy === proxy && hold.isIt(request))?.take(),
    );
  }
  other = await held.accessKey(namespace, behind.store, limitedKey({ photos: 'read_only' }));
  await ready(bed, other);
});
afterAll(async () => {
  await held.end();
  await behind.close();
});

/** A request that is held: `reached` resolves then. */
interface HeldRequest {
  readonly reached: Promise<void>;
  /** Has the server do it, late. */
  deliver(): Promise<number>;
  /** Lets later requests of the kind pass. */
  end(): void;
}

/** Holds the next such request without an answer, or each, until it is delivered. */
function hold(
  proxy: FaultProxy,
  isIt: (request: ProxyRequest) => boolean,
  { each = false } = {},
): HeldRequest {
  const reached = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  const status = Promise.withResolvers<number>();
  const own: Hold = {
    proxy,
    isIt,
    take() {
      if (!each) holds.delete(own);
      reached.resolve();
      return { do: 'late', silent: true, until: release.promise, answered: status.resolve };
    },
  };
  holds.add(own);
  return {
    reached: reached.promise,
    end: () => void holds.delete(own),
    deliver() {
      release.resolve();
      return status.promise;
    },
  };
}

/** Holds the next write of the key's policy. */
function holdPolicy(ref: NamespacedRef): HeldRequest {
  const policy = policyOf(cluster, ref);
  return hold(behind.s3, ({ path }) => path.includes('/add-canned-policy?') && path.includes(policy));
}

/** Holds the next write of the key's Secret that isn't tried only. */
function holdSecret({ metadata: { namespace, name } }: NamespacedRef, method: 'POST' | 'PATCH'): HeldRequest {
  const place = `/namespaces/${namespace}/secrets${method === 'POST' ? '' : `/${name}`}`;
  return hold(behind.api, (request) => {
    const { pathname, searchParams } = new URL(request.path, 'http://api');
    return request.method === method && pathname.endsWith(place) && !searchParams.has('dryRun');
  });
}

const refuses = async (pair: Pair) => (await behind.store.admin.probe(pair)).kind === 'unknown';
const untilRefused = (pair: Pair) => until('refused by the store', () => refuses(pair), SECONDS_MS);

/** Makes a key that is Ready, and gives its pair. */
async function issued(): Promise<{ ref: NamespacedRef; pair: Pair }> {
  const ref = await held.accessKey(namespace, behind.store, limitedKey({ photos: 'read_only' }));
  await ready(bed, ref);
  return { ref, pair: await readPair(bed, secretOf(ref)) };
}

/** Edits the key, whose pass the store then holds. */
async function heldEdit(ref: NamespacedRef, spec: object = {}): Promise<HeldRequest> {
  const write = holdPolicy(ref);
  await edit(bed, ref, { ...limitedKey({ photos: 'read_write' }), ...spec });
  await write.reached;
  return write;
}

async function expectNothingLeft(ref: NamespacedRef, pair: Pair): Promise<void> {
  await bed.api.waitGone(ref, { timeoutMs: 60_000 });
  await expectRevoked(behind.store, policyOf(cluster, ref), [pair.accessKeyId]);
  expect(await usersOf(behind.store, cluster, ref)).toEqual([]);
  await bed.api.waitGone(secretOf(ref), { timeoutMs: 60_000 });
}

test.concurrent('a key that is deleted while the store holds its edit is refused in seconds, and the late edit brings nothing back', async () => {
  const { ref, pair } = await issued();
  const write = await heldEdit(ref);
  await bed.api.delete(ref);
  await untilRefused(pair);
  expect(await write.deliver()).toBe(200);
  await expectNothingLeft(ref, pair);
});

test.concurrent('a key that is disabled while the store holds its edit is refused in seconds', async () => {
  const { ref, pair } = await issued();
  await heldEdit(ref);
  await edit(bed, ref, { disabled: true });
  await untilRefused(pair);
  await reason(bed, ref, 'Disabled');
});

test.concurrent('a key that expires while the store holds its edit is refused in seconds', async () => {
  const { ref, pair } = await issued();
  const write = await heldEdit(ref, { expiresAt: new Date(Date.now() + 5_000).toISOString() });
  await untilRefused(pair);
  expect(await write.deliver()).toBe(200);
  await reason(bed, ref, 'Expired');
  await until('nothing left', async () => !(await behind.store.admin.getPolicy(policyOf(cluster, ref))));
});

test.concurrent('a key whose grant is withdrawn while the store holds its edit is refused in seconds', async () => {
  const store = await held.store({ endpoint: behind.s3.url });
  await storeReady(bed, store.ref);
  const ref = await held.accessKey(namespace, store, limitedKey({ photos: 'read_only' }));
  await ready(bed, ref);
  const pair = await readPair(bed, secretOf(ref));
  await heldEdit(ref);
  await bed.api.patch(store.ref, { spec: { grants: [{ namespaces: { all: true }, buckets: ['logs'] }] } });
  await untilRefused(pair);
  await reason(bed, ref, 'GrantDenied');
});

test.concurrent('an edit waits for the pass that the store holds, and other keys do not', async () => {
  const { ref, pair } = await issued();
  const write = await heldEdit(ref);
  await edit(bed, ref, { label: 'edited' });
  await edit(bed, other, limitedKey({ photos: 'read_write' }));
  await ready(bed, other);
  // Longer than the operator waits before it aborts a pass.
  await new Promise((resolve) => setTimeout(resolve, SECONDS_MS / 2));
  const writes = behind.s3.requests.filter(
    ({ path }) => path.includes('/add-canned-policy?') && path.includes(policyOf(cluster, ref)),
  );
  // The first one issued the key, the second one is held.
  expect(writes.length).toBe(2);
  expect(await refuses(pair)).toBe(false);
  await bed.api.delete(ref);
  await untilRefused(pair);
  await write.deliver();
});

test.concurrent.each([
  ['deleted', 'AccessKey', (ref: NamespacedRef) => bed.api.delete(ref)],
  ['disabled', 'AccessKey', (ref: NamespacedRef) => edit(bed, ref, { disabled: true })],
  ['disabled', 'Secret', (ref: NamespacedRef) => edit(bed, ref, { disabled: true })],
] as const)(
  'a key that is %s is refused in seconds, though the API server never shows its %s',
  async (_, kind, end) => {
    const { ref, pair } = await issued();
    const { name } = ref.metadata;
    const place = `/namespaces/${namespace}/${kind === 'Secret' ? 'secrets' : 'accesskeys'}/${name}`;
    const read = hold(behind.api, ({ method, path }) => method === 'GET' && path.endsWith(place), {
      each: true,
    });
    await end(ref);
    await read.reached;
    await untilRefused(pair);
    read.end();
  },
);

test.concurrent('a new key that is deleted while the API server holds its Secret leaves nothing', async () => {
  // A POST doesn't name its Secret.
  const alone = await held.namespace();
  const name = `new-${crypto.randomUUID().slice(0, 8)}`;
  const ref = { ...other, metadata: { namespace: alone, name } };
  const write = holdSecret(secretOf(ref), 'POST');
  await held.accessKey(alone, behind.store, limitedKey({ photos: 'read_only' }), name);
  await write.reached;
  const [user] = await usersOf(behind.store, cluster, ref);
  expect(user?.enabled).toBe(true);
  await bed.api.delete(ref);
  await until(
    'no user',
    async () => (await behind.store.admin.getUser(user?.accessKeyId ?? '')) === undefined,
    SECONDS_MS,
  );
  await write.deliver();
  await expectNothingLeft(ref, { accessKeyId: user?.accessKeyId ?? '', secretAccessKey: '' });
});

test.concurrent('a key that is deleted while the API server holds its rotation is refused in seconds, and so is the new pair', async () => {
  const { ref, pair } = await issued();
  const write = holdSecret(secretOf(ref), 'PATCH');
  await edit(bed, ref, { keyGeneration: 2 });
  await write.reached;
  const users = await usersOf(behind.store, cluster, ref);
  expect(users.length).toBe(2);
  await bed.api.delete(ref);
  await untilRefused(pair);
  for (const { accessKeyId } of users)
    await until('no user', async () => (await behind.store.admin.getUser(accessKeyId)) === undefined, 5_000);
  await write.deliver();
  await expectNothingLeft(ref, pair);
});
