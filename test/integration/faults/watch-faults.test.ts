/** Faults of the operator's watches: it continues, and misses no change that was made meanwhile. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Operator } from '../../bed/operator.ts';
import { type Action, type FaultProxy, startProxy } from '../../bed/proxy.ts';
import {
  expectRevoked,
  fixtures,
  type NamespacedRef,
  policyOf,
  readPair,
  ready,
  s3Client,
  s3Outcome,
  secretOf,
  storeReady,
  type TestStore,
  until,
} from '../support/fixtures.ts';
import { type Rules, rulesFor } from '../support/rules.ts';
import { IMPATIENT } from '../support/timings.ts';

const faults = await fixtures('faults', IMPATIENT);
const { bed, cluster } = faults;
/** Within these a key is issued or revoked after a fault: three failures in a row wait for some seconds. */
const SOON = { timeoutMs: 20_000 };
const TIMES = 3;

let proxy: FaultProxy;
let store: TestStore;
let namespace: string;
let operator: Operator;
let rules: Rules;

beforeAll(async () => {
  proxy = await startProxy(bed.server, { ca: bed.caPem });
  [store, namespace] = await Promise.all([faults.store(), faults.namespace()]);
  operator = await faults.operator({ kubeconfig: await bed.kubeconfig({ server: proxy.url }) });
  await storeReady(bed, store.ref);
  rules = await rulesFor(faults, { stores: [store], namespaces: [namespace] });
});
afterAll(async () => {
  proxy.onRequest(undefined);
  await faults.end();
  await proxy.close();
});

async function issue(): Promise<NamespacedRef> {
  return faults.accessKey(namespace, store, { limited: true });
}

async function expectIssued(ref: NamespacedRef): Promise<void> {
  await ready(bed, ref, SOON);
  const pair = await readPair(bed, secretOf(ref));
  expect(await s3Outcome(s3Client(bed.minio, pair).listBuckets())).toBe('ok');
}

/**
 * A key applied and another one deleted in `during` come to what they should, and the process is the same as before.
 */
async function expectNothingMissed(during: (change: () => Promise<void>) => Promise<void>): Promise<void> {
  const old = await issue();
  await expectIssued(old);
  const { accessKeyId } = await readPair(bed, secretOf(old));
  let fresh = old;
  await during(async () => {
    [fresh] = await Promise.all([issue(), bed.api.delete(old)]);
  });
  await Promise.all([expectIssued(fresh), bed.api.waitGone(old, SOON)]);
  expect(fresh).not.toBe(old);
  expect(await bed.api.exists(secretOf(old))).toBe(false);
  await expectRevoked(store, policyOf(cluster, old), [accessKeyId]);
  expect(await Promise.race([operator.exited, 'running'])).toBe('running');
  await rules.hold();
}

const isWatch = (path: string) => path.includes('watch=true');

/** An answer with a Status, as the API server gives it (meta/v1 Status). */
function refusal(code: number, reason: string, headers?: Record<string, string>): Action {
  const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', code, reason };
  return { do: 'answer', status: code, body: JSON.stringify(status), ...(headers && { headers }) };
}

const lines = (...events: object[]): Action => ({
  do: 'answer',
  status: 200,
  body: events.map((event) => `${JSON.stringify(event)}\n`).join(''),
});

const expired = {
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Failure',
  code: 410,
  reason: 'Expired',
};

const answers: Record<string, Action> = {
  'is reset': { do: 'reset' },
  'is answered 500': refusal(500, 'InternalError'),
  'is answered 410': refusal(410, 'Expired'),
  'is answered 429': refusal(429, 'TooManyRequests', { 'retry-after': '1' }),
  'is answered 401': refusal(401, 'Unauthorized'),
  'is answered with a web page': {
    do: 'answer',
    status: 200,
    headers: { 'content-type': 'text/html' },
    body: '<p>',
  },
  'ends with an ERROR event of 410': lines({ type: 'ERROR', object: expired }),
  'ends with an event without an object': lines({ type: 'MODIFIED' }),
  'ends at once': lines(),
};

test.each(Object.entries(answers))(
  `nothing is missed when a watch %s ${TIMES} times in a row`,
  async (_, action) => {
    let met = 0;
    await expectNothingMissed(async (change) => {
      proxy.onRequest(({ path }) => {
        if (!isWatch(path) || !path.includes('/accesskeys?') || met === TIMES) return undefined;
        met += 1;
        return action;
      });
      // Ends the watches that there are.
      await proxy.down();
      await change();
      await proxy.up();
      await until('met', async () => met === TIMES);
    });
  },
);

test('nothing is missed when the version has expired and the list is answered 500', async () => {
  const met = { watch: 0, list: 0 };
  await expectNothingMissed(async (change) => {
    proxy.onRequest(({ method, path }) => {
      if (method !== 'GET' || !path.includes('/accesskeys?')) return undefined;
      const kind = isWatch(path) ? 'watch' : 'list';
      if (met[kind] === (kind === 'watch' ? 1 : TIMES)) return undefined;
      met[kind] += 1;
      return kind === 'watch' ? refusal(410, 'Expired') : refusal(500, 'InternalError');
    });
    await proxy.down();
    await change();
    await proxy.up();
    await until('met', async () => met.list === TIMES);
  });
});

test.each(['accesskeys', 'secrets'])(
  'nothing is missed when a watch of %s is cut in the middle of a line',
  async (plural) => {
    let met = 0;
    proxy.onRequest(({ path }) => {
      if (!isWatch(path) || !path.includes(`/${plural}?`) || met === TIMES) return undefined;
      met += 1;
      return { do: 'cut', afterLines: 0 };
    });
    await proxy.down();
    await proxy.up();
    await until('watched', async () => met > 0);
    await expectNothingMissed((change) => change());
    // Each cut has made it begin again, from the version before: the next one is cut at the same event.
    await until('cut', async () => met === TIMES);
    await expectNothingMissed((change) => change());
  },
);

test('nothing is missed when the API server crashes and comes back', async () => {
  proxy.onRequest(undefined);
  await expectNothingMissed(async (change) => {
    const before = proxy.requests.length;
    await bed.apiserver.stop();
    await until('tried in vain', async () => proxy.requests.length > before);
    await bed.apiserver.start();
    await change();
  });
});

test('nothing is missed when the API server crashes right after a key was applied and another one deleted', async () => {
  await expectNothingMissed(async (change) => {
    await change();
    await bed.apiserver.stop();
    await bed.apiserver.start();
  });
});
