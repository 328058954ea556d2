/** An operator that reaches the API server and its store through proxies, which count its requests and cut them off. */
import type { Operator } from '../../bed/operator.ts';
import { type Action, type FaultProxy, type ProxyRequest, startProxy } from '../../bed/proxy.ts';
import { type Fixtures, storeReady, swept, type TestStore, until } from './fixtures.ts';

export interface Proxied {
  readonly api: FaultProxy;
  readonly s3: FaultProxy;
  /** Its endpoint is the proxy's. */
  readonly store: TestStore;
  /** Starts an operator behind the proxies, and waits until it is ready and says that the store is. */
  operator(): Promise<Operator>;
  /** The requests about AccessKeys, in order: `api PATCH accesskeys/status`. */
  readonly steps: string[];
  /** Waits until nothing is asked for about AccessKeys any more, for 200 ms. */
  quiet(): Promise<void>;
  /**
   * Kills the operator at the `n`th request about an AccessKey from now on: before it is forwarded, or when the
   * server has answered it and the operator hasn't seen the answer.
   * @returns what it was, as `steps` has it, once the operator is dead
   */
  killAt(operator: Operator, n: number, when: 'before' | 'after'): Promise<string>;
  /**
   * Freezes the operator at its next request of that name (as `steps` has it), which is held back.
   * @returns what lets the request through late, and gives the status that it is answered with
   */
  freezeAt(operator: Operator, step: string): Promise<{ readonly deliver: () => Promise<number> }>;
  close(): Promise<void>;
}

const PASS: Action = { do: 'pass' };

/** Starts the proxies before the bed's API server and MinIO, and makes a store behind the latter. */
export async function proxied({ bed, ...fixtures }: Fixtures): Promise<Proxied> {
  const api = await startProxy(bed.server, { ca: bed.caPem });
  const s3 = await startProxy(bed.minio.endpoint);
  const kubeconfig = await bed.kubeconfig({ server: api.url });
  const store = await fixtures.store({ endpoint: s3.url });
  const { name } = store.credentials.metadata;
  const log: string[] = [];
  /** Gets each of these requests before it is forwarded. */
  let onStep: ((step: string, proxy: FaultProxy, request: ProxyRequest) => Promise<Action>) | undefined;
  const note = (proxy: FaultProxy, stepOf: (request: ProxyRequest) => string | undefined) => {
    proxy.onRequest(async (request) => {
      const step = stepOf(request);
      if (step === undefined) return undefined;
      log.push(step);
      return onStep?.(step, proxy, request);
    });
  };
  note(api, (request) => apiStep(request, name));
  note(s3, s3Step);

  const proxied: Proxied = {
    api,
    s3,
    store,
    steps: log,
    async operator() {
      // Off: it would add requests at times of its own to those that are counted.
      const operator = await fixtures.operator({ kubeconfig, args: ['--policy-check-interval=24h'] });
      await swept(operator, store.name);
      await storeReady({ api: bed.api }, store.ref);
      return operator;
    },
    async quiet() {
      let seen = -1;
      let since = 0;
      await until('quiet', async () => {
        const count = log.length;
        if (count !== seen) since = performance.now();
        seen = count;
        return performance.now() - since > 200;
      });
    },
    killAt(operator, n, when) {
      const killed = Promise.withResolvers<string>();
      const last = log.length + n;
      onStep = async (step, proxy, { n: number }) => {
        if (log.length !== last) return PASS;
        onStep = undefined;
        if (when === 'before') {
          await operator.kill('SIGKILL');
          killed.resolve(step);
          return { do: 'reset' };
        }
        // Frozen, it never reads the answer that it gets.
        await operator.pause();
        const record = proxy.requests.find((request) => request.n === number);
        until(`answered: ${step}`, async () => record?.status !== undefined, 10_000)
          .then(() => operator.kill('SIGKILL'))
          .then(() => killed.resolve(step), killed.reject);
        return PASS;
      };
      return killed.promise;
    },
    freezeAt(operator, awaited) {
      const frozen = Promise.withResolvers<{ deliver: () => Promise<number> }>();
      const released = Promise.withResolvers<void>();
      onStep = async (step, proxy, { n }) => {
        if (step !== awaited) return PASS;
        onStep = undefined;
        await operator.pause();
        const record = proxy.requests.find((request) => request.n === n);
        const deliver = () => {
          released.resolve();
          return until(`answered: ${step}`, async () => record?.status ?? false, 10_000);
        };
        frozen.resolve({ deliver });
        await released.promise;
        return PASS;
      };
      return frozen.promise;
    },
    async close() {
      await Promise.all([api.close(), s3.close()]);
    },
  };
  return proxied;
}

/** Everything but what is of no AccessKey: what is left out is named, so that anything new is counted. */
export function apiStep(
  { method, path }: { method: string; path: string },
  credentials: string,
): string | undefined {
  const { pathname, searchParams } = new URL(path, 'http://api');
  if (searchParams.has('watch') || searchParams.has('limit')) return undefined;
  const [, resource = pathname, name, subresource] =
    /^\/apis?(?:\/[^/]+)?\/v[^/]+(?:\/namespaces\/[^/]+)?\/([a-z]+)(?:\/([^/]+))?(?:\/(\w+))?$/.exec(
      pathname,
    ) ?? [];
  if (resource === 'clusterobjectstores' || resource === 'events') return undefined;
  if (resource === 'namespaces' || (resource === 'secrets' && name === credentials)) return undefined;
  return `api ${method} ${[resource, subresource].filter(Boolean).join('/')}`;
}

export function s3Step({ method, path }: { method: string; path: string }): string | undefined {
  const { pathname, searchParams } = new URL(path, 'http://s3');
  // The operator's only calls of S3 are about one bucket.
  const call = pathname.startsWith('/minio/') ? pathname.replace('/minio/admin/v3/', '') : 'bucket';
  const isCheck = searchParams.get('name') === 'accesskeys.check' || call === 'idp/ldap/policy-entities';
  return call === 'list-users' || call === 'info' || isCheck ? undefined : `s3 ${method} ${call}`;
}

/** Returns the number of times that each request is in the list, as lines. */
export function tally(steps: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const step of steps) counts[step] = (counts[step] ?? 0) + 1;
  return counts;
}
