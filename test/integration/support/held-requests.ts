/**
 * An operator whose requests about each of many keys are held at the n-th, before it is forwarded or after it was
 * answered, so that one SIGKILL meets all of them between two of their steps.
 */
import { accessKeyTag, tagOf } from '../../../src/ownership/names.ts';
import type { Operator } from '../../bed/operator.ts';
import { type Action, type ProxyRequest, startProxy } from '../../bed/proxy.ts';
import {
  type Fixtures,
  type NamespacedRef,
  policyOf,
  storeReady,
  type TestStore,
  until,
} from './fixtures.ts';

/** Where a request is held: before it is forwarded, or when the server has done it and the operator doesn't know yet. */
export type When = 'before' | 'after';

export interface HeldRequests {
  /** One for each `When`: what is held at one leaves the connections to the other free. */
  readonly stores: Readonly<Record<When, TestStore>>;
  /** Starts an operator behind the proxies, and waits until it is ready and has swept both stores. */
  operator(): Promise<Operator>;
  /** Says that the namespace's requests are to be counted, and which ids and policies are of it. */
  know(ref: NamespacedRef, when: When, accessKeyId?: string): void;
  /** From now on counts the requests about each namespace, and holds its `n`th and all after it. */
  hold(n: number): void;
  /** Waits until the namespace's request is held; gives what it is. */
  held(namespace: string): Promise<string>;
  /** What was asked for about the namespace since `hold`. */
  steps(namespace: string): readonly string[];
  /** Resets what is held, and holds no more. */
  letGo(): void;
  /** Waits until nothing is asked for about any namespace for 200 ms. */
  quiet(): Promise<void>;
  close(): Promise<void>;
}

interface Counted {
  steps: string[];
  reached: PromiseWithResolvers<string>;
}

const ADMIN = '/minio/admin/v3/';

/** @param options.grants of both stores */
export async function holdRequests(
  { bed, cluster, ...fixtures }: Fixtures,
  options: { grants: readonly object[] },
): Promise<HeldRequests> {
  const api = await startProxy(bed.server, { ca: bed.caPem });
  const s3 = { before: await startProxy(bed.minio.endpoint), after: await startProxy(bed.minio.endpoint) };
  const kubeconfig = await bed.kubeconfig({ server: api.url });
  const stores = {
    before: await fixtures.store({ endpoint: s3.before.url, ...options }),
    after: await fixtures.store({ endpoint: s3.after.url, ...options }),
  };
  const whens = new Map<string, When>();
  /** The namespace of an id's tag, or of an id of another form. */
  const ids = new Map<string, string>();
  const counted = new Map<string, Counted>();
  let limit = Number.POSITIVE_INFINITY;
  let total = 0;
  let released = Promise.withResolvers<void>();

  async function take(namespace: string, step: string): Promise<Action | undefined> {
    total += 1;
    const known = counted.get(namespace) ?? { steps: [], reached: Promise.withResolvers<string>() };
    counted.set(namespace, known);
    known.steps.push(step);
    if (known.steps.length < limit) return undefined;
    if (known.steps.length === limit && whens.get(namespace) === 'after') {
      const answered = () => known.reached.resolve(step);
      return { do: 'holdAnswer', until: released.promise, answered };
    }
    known.reached.resolve(step);
    await released.promise;
    return { do: 'reset' };
  }

  api.onRequest(async (request) => {
    const [namespace, step] = apiStep(request);
    return step !== undefined && whens.has(namespace) ? take(namespace, step) : undefined;
  });
  for (const proxy of Object.values(s3)) {
    proxy.onRequest(async ({ method, path }) => {
      const { pathname, searchParams } = new URL(path, 'http://s3');
      const policy =
        searchParams.get('name') ?? searchParams.get('policy') ?? searchParams.get('policyName') ?? '';
      const id =
        searchParams.get('accessKey') ?? searchParams.get('userOrGroup') ?? searchParams.get('user') ?? '';
      const namespace =
        ids.get(tagOf(id) ?? id) ??
        [...whens.keys()].find((name) => policy.split('.')[2] === name || pathname.startsWith(`/${name}.`));
      return namespace === undefined ? undefined : take(namespace, `s3 ${method} ${s3Call(pathname)}`);
    });
  }

  return {
    stores,
    async operator() {
      const args = ['--policy-check-interval=24h', '--concurrency=64'];
      const operator = await fixtures.operator({ kubeconfig, args });
      for (const { name, ref } of Object.values(stores)) {
        await until('swept', async () =>
          operator.lines.some((line) => line['name'] === name && line.msg === 'swept the store'),
        );
        await storeReady(bed, ref);
      }
      return operator;
    },
    know(ref, when, accessKeyId) {
      const { namespace } = ref.metadata;
      whens.set(namespace, when);
      ids.set(accessKeyTag(policyOf(cluster, ref)), namespace);
      if (accessKeyId !== undefined) ids.set(accessKeyId, namespace);
    },
    hold(n) {
      counted.clear();
      released = Promise.withResolvers();
      limit = n;
    },
    held(namespace) {
      const known = counted.get(namespace) ?? { steps: [], reached: Promise.withResolvers<string>() };
      counted.set(namespace, known);
      return known.reached.promise;
    },
    steps: (namespace) => counted.get(namespace)?.steps ?? [],
    letGo() {
      limit = Number.POSITIVE_INFINITY;
      released.resolve();
    },
    async quiet() {
      let seen = -1;
      let since = 0;
      await until('quiet', async () => {
        if (total !== seen) since = performance.now();
        seen = total;
        return performance.now() - since > 200;
      });
    },
    async close() {
      released.resolve();
      await Promise.all([api, ...Object.values(s3)].map((proxy) => proxy.close()));
    },
  };
}

/** A call of the administration, or one about a bucket, which a scenario names after its namespace. */
function s3Call(pathname: string): string {
  return pathname.startsWith(ADMIN) ? pathname.slice(ADMIN.length) : 'bucket';
}

/** The namespace and what is asked for there; nothing of watches, and of Events, which leave beside the way of a key. */
function apiStep({ method, path }: ProxyRequest): [string, string | undefined] {
  const { pathname, searchParams } = new URL(path, 'http://api');
  const [, namespace = '', resource = '', subresource] =
    /\/namespaces\/([^/]+)\/([a-z]+)(?:\/[^/]+)?(?:\/(\w+))?$/.exec(pathname) ?? [];
  const beside =
    resource === '' || resource === 'events' || searchParams.has('watch') || searchParams.has('limit');
  return [
    namespace,
    beside ? undefined : `api ${method} ${[resource, subresource].filter(Boolean).join('/')}`,
  ];
}
