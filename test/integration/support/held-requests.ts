/** An operator whose requests about each of many keys on the bed's MinIO are held at the n-th. */
import { accessKeyTag, tagOf } from '../../../src/ownership/names.ts';
import type { Operator } from '../../bed/operator.ts';
import { type ProxyRequest, startProxy } from '../../bed/proxy.ts';
import {
  type Fixtures,
  type NamespacedRef,
  policyOf,
  storeReady,
  swept,
  type TestStore,
} from './fixtures.ts';
import { createHeldSteps, type HeldSteps } from './held-steps.ts';

export interface HeldRequests extends Omit<HeldSteps, 'take'> {
  readonly store: TestStore;
  /** Starts an operator behind the proxies, and waits until it is ready and has swept the store. */
  operator(): Promise<Operator>;
  /** Says that the namespace's requests are to be counted, and which ids and policies are of it. */
  know(ref: NamespacedRef, accessKeyId?: string): void;
  close(): Promise<void>;
}

const ADMIN = '/minio/admin/v3/';

/** @param options.grants of the store */
export async function holdRequests(
  { bed, cluster, ...fixtures }: Fixtures,
  options: { grants: readonly object[] },
): Promise<HeldRequests> {
  const api = await startProxy(bed.server, { ca: bed.caPem });
  const s3 = await startProxy(bed.minio.endpoint);
  const kubeconfig = await bed.kubeconfig({ server: api.url });
  const store = await fixtures.store({ endpoint: s3.url, ...options });
  const namespaces = new Set<string>();
  /** The namespace of an id's tag, or of an id of another form. */
  const ids = new Map<string, string>();
  const { take, ...steps } = createHeldSteps();

  api.onRequest(async (request) => {
    const [namespace, step] = apiStep(request);
    return step !== undefined && namespaces.has(namespace) ? take(namespace, step) : undefined;
  });
  s3.onRequest(async ({ method, path }) => {
    const { pathname, searchParams } = new URL(path, 'http://s3');
    const policy =
      searchParams.get('name') ?? searchParams.get('policy') ?? searchParams.get('policyName') ?? '';
    const id =
      searchParams.get('accessKey') ?? searchParams.get('userOrGroup') ?? searchParams.get('user') ?? '';
    const namespace =
      ids.get(tagOf(id) ?? id) ??
      [...namespaces].find((name) => policy.split('.')[2] === name || pathname.startsWith(`/${name}.`));
    return namespace === undefined ? undefined : take(namespace, `s3 ${method} ${s3Call(pathname)}`);
  });

  return {
    ...steps,
    store,
    async operator() {
      const args = ['--policy-check-interval=24h', '--concurrency=64'];
      const operator = await fixtures.operator({ kubeconfig, args });
      await swept(operator, store.name);
      await storeReady(bed, store.ref);
      return operator;
    },
    know(ref, accessKeyId) {
      const { namespace } = ref.metadata;
      namespaces.add(namespace);
      ids.set(accessKeyTag(policyOf(cluster, ref)), namespace);
      if (accessKeyId !== undefined) ids.set(accessKeyId, namespace);
    },
    async close() {
      steps.letGo();
      await Promise.all([api, s3].map((proxy) => proxy.close()));
    },
  };
}

/** A call of the administration, or one about a bucket, which a scenario names after its namespace. */
function s3Call(pathname: string): string {
  return pathname.startsWith(ADMIN) ? pathname.slice(ADMIN.length) : 'bucket';
}

/** The namespace and what is asked for there; nothing of watches, and of Events, which leave beside the way of a key. */
export function apiStep({ method, path }: ProxyRequest): [string, string | undefined] {
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
