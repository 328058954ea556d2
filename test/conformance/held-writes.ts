/** Operators whose writes about each of many keys are held at the n-th, in the API server and in stores by AWS's IAM API. */
import { accessKeyTag, tagOf } from '../../src/ownership/names.ts';
import type { Operator } from '../bed/operator.ts';
import { type FaultProxy, startProxy } from '../bed/proxy.ts';
import {
  type Fixtures,
  type NamespacedRef,
  policyOf,
  storeReady,
  storeRef,
  swept,
} from '../integration/support/fixtures.ts';
import { apiStep } from '../integration/support/held-requests.ts';
import { createHeldSteps, type HeldSteps } from '../integration/support/held-steps.ts';
import { isWrite } from './requests.ts';

export interface HeldWrites extends Omit<HeldSteps, 'take'> {
  /** Starts a proxy before the users of a store, and counts the writes there. */
  before(usersEndpoint: string): Promise<FaultProxy>;
  /** Starts an operator behind the proxies, and waits until it is ready and has swept the stores of these names. */
  operator(stores: Iterable<string>): Promise<Operator>;
  /** Says that the writes about the AccessKey and its namespace are to be counted. */
  know(ref: NamespacedRef): void;
  close(): Promise<void>;
}

/** Starts the proxy before the API server. */
export async function holdWrites({ bed, cluster, ...fixtures }: Fixtures): Promise<HeldWrites> {
  const api = await startProxy(bed.server, { ca: bed.caPem });
  const proxies = [api];
  const kubeconfig = await bed.kubeconfig({ server: api.url });
  const namespaces = new Set<string>();
  /** The namespace of a user's name, or of the tag in it. */
  const names = new Map<string, string>();
  const { take, ...steps } = createHeldSteps();

  api.onRequest(async (request) => {
    const [namespace, step] = apiStep(request);
    return step !== undefined && isWrite(request) && namespaces.has(namespace)
      ? take(namespace, step)
      : undefined;
  });

  /** The namespace of the AccessKey that a user is of: by the name that the operator chose, or the store's since. */
  function namespaceOf(form: URLSearchParams): string | undefined {
    const name = form.get('UserName') ?? '';
    const namespace = names.get(tagOf(name) ?? name) ?? names.get(name);
    const newName = form.get('NewUserName');
    if (namespace !== undefined && newName !== null) names.set(newName, namespace);
    return namespace;
  }

  return {
    ...steps,
    async before(usersEndpoint) {
      const proxy = await startProxy(usersEndpoint);
      proxies.push(proxy);
      proxy.onRequest(async (request) => {
        const namespace = request.form && namespaceOf(request.form);
        return namespace !== undefined && isWrite(request)
          ? take(namespace, `users ${request.form?.get('Action')}`)
          : undefined;
      });
      return proxy;
    },
    async operator(stores) {
      const args = ['--policy-check-interval=24h', '--concurrency=64'];
      const operator = await fixtures.operator({ kubeconfig, args });
      for (const name of stores) {
        await swept(operator, name);
        await storeReady(bed, storeRef(name));
      }
      return operator;
    },
    know(ref) {
      const { namespace } = ref.metadata;
      namespaces.add(namespace);
      names.set(accessKeyTag(policyOf(cluster, ref)), namespace);
    },
    async close() {
      steps.letGo();
      await Promise.all(proxies.map((proxy) => proxy.close()));
    },
  };
}
