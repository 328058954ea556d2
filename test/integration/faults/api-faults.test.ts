/**
 * An API server that refuses, dawdles, hangs, forgets its past or takes a token no more: whatever is asked of keys
 * meanwhile comes about.
 */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { OPERATOR } from '../../bed/install.ts';
import { type Operator, startOperator } from '../../bed/operator.ts';
import { type Action, type FaultProxy, type Hook, startProxy } from '../../bed/proxy.ts';
import { fiveKeys } from '../support/five-keys.ts';
import { edit, fixtures, ready, secretRef, storeReady, type TestStore, until } from '../support/fixtures.ts';
import { type PairWatcher, watchPairs } from '../support/pair-watcher.ts';
import { type Rules, rulesFor } from '../support/rules.ts';
import { IMPATIENT } from '../support/timings.ts';

const faults = await fixtures('api-faults', IMPATIENT);
const { bed } = faults;
const SOON = { timeoutMs: 60_000 };
let proxy: FaultProxy;
let store: TestStore;
let namespace = '';
let watcher: PairWatcher;
let rules: Rules;
let operator: Operator;

beforeAll(async () => {
  proxy = await startProxy(bed.server, { ca: bed.caPem });
  [store, namespace] = await Promise.all([faults.store(), faults.namespace()]);
  watcher = await watchPairs(bed, bed.minio, namespace, { everyMs: 500, again: true });
  rules = await rulesFor(faults, { stores: [store], namespaces: [namespace], watchers: [watcher] });
  operator = await faults.operator({ kubeconfig: await bed.kubeconfig({ server: proxy.url }) });
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

const { issue, readyKeys, expectAllToComeAbout, mayWrite } = fiveKeys(
  faults,
  () => ({ store, namespace, operator }),
  SOON,
);

/** An answer with a Status, as the API server gives it (meta/v1 Status). */
function refusal(code: number, reasonOf: string, headers: Record<string, string> = {}): Action {
  const status = {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    code,
    reason: reasonOf,
  };
  return { do: 'answer', status: code, body: JSON.stringify(status), headers };
}

const isWatch = (path: string) => path.includes('watch=true');
/** True for a request about keys or Secrets of the namespace that is no watch. */
const isAboutKeys = (path: string) => path.includes(`/namespaces/${namespace}/`) && !path.includes('/events');

/** The first `times` of those requests meet it. */
function firstOf(times: number, which: (method: string, path: string) => boolean, action: () => Action) {
  let met = 0;
  const hook: Hook = ({ method, path }) => {
    if (met === times || isWatch(path) || !which(method, path)) return undefined;
    met += 1;
    return action();
  };
  return { hook, met: () => met };
}

describe('keys reach their specs, although', () => {
  const anything = (_: string, path: string) => isAboutKeys(path);
  const writes = (method: string, path: string) => method !== 'GET' && isAboutKeys(path);
  test.each<[string, number, (method: string, path: string) => boolean, () => Action]>([
    [
      'requests are answered 429 with Retry-After',
      20,
      anything,
      () => refusal(429, 'TooManyRequests', { 'retry-after': '1' }),
    ],
    [
      'requests are answered 503 with Retry-After',
      20,
      anything,
      () => refusal(503, 'ServiceUnavailable', { 'retry-after': '1' }),
    ],
    ['requests are answered 500', 20, anything, () => refusal(500, 'InternalError')],
    ['writes meet a conflict', 20, writes, () => refusal(409, 'Conflict')],
    ['requests are reset', 20, anything, () => ({ do: 'reset' })],
    ['writes are done and their answers are lost', 8, writes, () => ({ do: 'dropAnswer' })],
    ['answers are cut off', 15, anything, () => ({ do: 'cut', afterBytes: 40 })],
    [
      'answers are a web page',
      15,
      anything,
      () => ({ do: 'answer', status: 200, headers: { 'content-type': 'text/html' }, body: '<p>' }),
    ],
  ])('%s', async (_, times, which, action) => {
    const { hook, met } = firstOf(times, which, action);
    await expectAllToComeAbout(async (change) => {
      proxy.onRequest(hook);
      await change();
      await until('met', async () => met() === times, SOON.timeoutMs);
    });
  });

  test('every second write meets a conflict', async () => {
    let n = 0;
    await expectAllToComeAbout(async (change) => {
      proxy.onRequest(({ method, path }) => {
        if (!writes(method, path)) return undefined;
        n += 1;
        return n % 2 === 0 ? refusal(409, 'Conflict') : undefined;
      });
      await change();
    });
    expect(n).toBeGreaterThan(10);
  });

  test('requests and watches hang for five seconds, and nothing comes', async () => {
    await expectAllToComeAbout(async (change) => {
      const woken = Promise.withResolvers<void>();
      proxy.onRequest(() => ({ do: 'holdAnswer', until: woken.promise }));
      await change();
      await sleep(5_000);
      proxy.onRequest(undefined);
      woken.resolve();
    });
  });

  test('the API server is gone for a while, and starts again', async () => {
    await expectAllToComeAbout(async (change) => {
      await change();
      await bed.apiserver.stop();
      await sleep(2_000);
      await bed.apiserver.start();
    });
  });
});

/** Returns etcd's answer to a request of its JSON gateway (etcd.io, "gRPC gateway"). */
async function etcd(path: string, body: object): Promise<{ header?: { revision?: string } }> {
  const answer = await fetch(`${bed.etcd}/v3/kv/${path}`, { method: 'POST', body: JSON.stringify(body) });
  expect(answer.status).toBe(200);
  return (await answer.json()) as { header?: { revision?: string } };
}

test('without bookmarks, and with its past compacted away while watches were cut, nothing is missed', async () => {
  let expired = 0;
  proxy.onRequest(({ path }) => (isWatch(path) ? { do: 'leaveOut', lines: /"type":"BOOKMARK"/ } : undefined));
  // So that every watch is one without them.
  await proxy.down();
  await proxy.up();
  await expectAllToComeAbout(async (change) => {
    await proxy.down();
    await change();
    const { header } = await etcd('range', { key: Buffer.from('\0').toString('base64') });
    await etcd('compaction', { revision: header?.revision, physical: true });
    // What an API server has in its own memory it goes on to serve; a new one knows only what etcd has.
    await bed.apiserver.stop();
    await bed.apiserver.start();
    await proxy.up();
    const from = operator.lines.length;
    await until('watching again', async () => {
      expired = proxy.requests.filter(({ status }) => status === 410).length;
      return operator.lines.length > from || expired > 0;
    });
  });
});

describe('a token that is taken no more', () => {
  const folder = join(bed.folder, `token-${namespace}`);

  /** A token that lives as long as a Secret does; writes it where the operator finds it. @returns what ends it */
  async function renew(name: string): Promise<() => Promise<void>> {
    const holder = secretRef(OPERATOR.namespace, name);
    const { metadata } = await bed.api.create({ ...holder, stringData: {} });
    const { status } = await bed.api.request<{ status: { token: string } }>(
      'POST',
      `/api/v1/namespaces/${OPERATOR.namespace}/serviceaccounts/${OPERATOR.name}/token`,
      {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        // The shortest that there is.
        spec: {
          expirationSeconds: 600,
          boundObjectRef: { apiVersion: 'v1', kind: 'Secret', name, uid: metadata.uid },
        },
      },
    );
    // As the kubelet does it: whole or not at all.
    await writeFile(join(folder, 'new'), status.token, { mode: 0o600 });
    await rename(join(folder, 'new'), join(folder, 'token'));
    return () => bed.api.delete(holder);
  }

  test('is read from the disk again after its renewal, whenever that comes', async () => {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'ca.crt'), bed.caPem);
    await writeFile(join(folder, 'namespace'), OPERATOR.namespace);
    const endFirst = await renew('token-1');
    await operator.kill();
    const { hostname, port } = new URL(bed.server);
    const inPod = await startOperator({
      bed,
      kubeconfig: '',
      entry: join(import.meta.dirname, '..', 'support', 'operator-in-pod.ts'),
      env: { SERVICE_ACCOUNT: folder, KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port },
    });
    try {
      await inPod.ready;
      const [first] = await readyKeys(1);
      if (!first) throw new Error('no key');
      // Renewed before the old one ends, as the kubelet does.
      const endSecond = await renew('token-2');
      await endFirst();
      await sleep(11_000);
      await edit(bed, first, mayWrite);
      await ready(bed, first, SOON);
      // And one that ends while there is no other yet. The API server remembers for 10 s that it was right.
      await endSecond();
      await sleep(11_000);
      const late = await issue();
      await until('refused', async () => inPod.lines.some((line) => JSON.stringify(line).includes('401')));
      expect((await bed.api.get(late))?.status?.['accessKeyId']).toBeUndefined();
      const endThird = await renew('token-3');
      await ready(bed, late, SOON);
      await Promise.all([first, late].map((ref) => bed.api.delete(ref)));
      await Promise.all([first, late].map((ref) => bed.api.waitGone(ref, SOON)));
      expect(await Promise.race([inPod.exited, 'running'])).toBe('running');
      await endThird();
    } finally {
      await inPod.kill();
      operator = await faults.operator();
    }
  });
});
