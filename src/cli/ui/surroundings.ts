/** The surroundings of the keys: cluster, namespaces, rights, and what the stores grant. */
import { GROUP } from '../../api/names.ts';
import { isForbidden } from '../../kube/errors.ts';
import { mayI } from '../doctor/rights.ts';
import { listAll } from '../keys/list.ts';
import type { Kubernetes } from '../shell/kubernetes.ts';
import { knownBySpec, readNamespace } from '../stores/known.ts';
import { visibleStores } from '../stores/names.ts';
import { offerOf } from '../stores/offer.ts';
import { type Call, namespaceIn } from './call.ts';
import type { Rights, Session, StoreView } from './protocol.ts';

/** Describes the cluster and the user's view of it. */
export async function sessionOf({ kubernetes, start, signal }: Call): Promise<Session> {
  const { client, host, context, namespace } = kubernetes;
  const keys = { group: GROUP, resource: 'accesskeys' };
  const [list, watch, names] = await Promise.all([
    mayI(client, { verb: 'list', ...keys }, signal),
    mayI(client, { verb: 'watch', ...keys }, signal),
    namespaceNames(kubernetes, signal),
  ]);
  const allNamespaces = list && watch;
  return {
    cluster: host,
    context,
    startIn: start.namespace ?? (allNamespaces ? undefined : namespace),
    allNamespaces,
    namespace,
    namespaces: names?.sort(),
  };
}

async function namespaceNames(
  { namespaces }: Kubernetes,
  signal: AbortSignal,
): Promise<string[] | undefined> {
  try {
    return (await listAll(namespaces, { signal })).map(({ metadata }) => metadata.name);
  } catch (error) {
    if (isForbidden(error)) return undefined;
    throw error;
  }
}

/** Asks what the user may do in the namespace that the call names, or else in all namespaces. */
export async function rightsIn(call: Call): Promise<Rights> {
  const { kubernetes, signal } = call;
  const where = call.query.has('namespace') ? { namespace: namespaceIn(call) } : {};
  const may = (verb: string, group: string, resource: string) =>
    mayI(kubernetes.client, { verb, group, resource, ...where }, signal);
  const [create, change, revoke, pairs] = await Promise.all([
    may('create', GROUP, 'accesskeys'),
    may('patch', GROUP, 'accesskeys'),
    may('delete', GROUP, 'accesskeys'),
    may('get', '', 'secrets'),
  ]);
  return { create, change, revoke, pairs };
}

/**
 * Lists the stores that a key of the namespace may name, with what each grants it. Returns the default store
 * if the user may list none.
 */
export async function storesFor(call: Call): Promise<StoreView[]> {
  const { signal } = call;
  const kubernetes = { ...call.kubernetes, namespace: namespaceIn(call) };
  const [stores, labels] = await Promise.all([
    visibleStores(kubernetes, signal),
    readNamespace(kubernetes, kubernetes.namespace, signal),
  ]);
  if (stores.length === 0) return [{ ref: { kind: 'ClusterObjectStore', name: 'default' }, ready: true }];
  return stores.map((store) => {
    const { unrestricted, buckets } = offerOf(knownBySpec(store), labels);
    return {
      ref: { kind: store.kind, name: store.metadata.name },
      ready:
        store.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false,
      offer: { unrestricted, buckets },
    };
  });
}
