import { evaluateGrants, maxAgeMs, type NamespaceLabels } from '../accesskey/policy/grants.ts';
import { isSameEndpoint } from '../api/endpoint.ts';
import type { StoreUser } from '../provider/provider.ts';
import { keyOf } from '../runtime/key.ts';
import type { StoreContext } from './context.ts';
import type { OwnerlessPolicy } from './ownerless.ts';
import { type StoreObject, titleOf } from './store-kinds.ts';

/** The clock difference in ms that signed requests allow. A store's times may be off by as much. */
const MAX_CLOCK_DIFFERENCE_MS = 15 * 60_000;

/** The part of the context that says what the stores grant now. */
type Grants = Pick<StoreContext, 'stores' | 'states' | 'namespaceCache' | 'now'>;

/**
 * True if the current grants allow a key to outlive its AccessKey. A grant of its namespace must have
 * allowRetain, its buckets must still be granted, and it must not be older than maxAge. A namespace that is
 * gone has no grants. A namespace that is newer than the key has none either: it has the old name, but may
 * have another owner.
 */
export function isKeepingGranted(
  ctx: Grants,
  store: StoreObject,
  namespace: string,
  { attachedAt }: StoreUser,
  { access }: OwnerlessPolicy,
): boolean {
  return storesAt(ctx, store).some((one) => {
    // An ObjectStore grants its own namespace everything, and is deleted with that namespace.
    const labels =
      one.kind === 'ObjectStore' ? { name: namespace, labels: {} } : find(ctx, namespace, attachedAt);
    if (!labels) return false;
    const grants = { title: titleOf(one), grants: one.spec.grants, namespace: labels };
    const verdict = evaluateGrants(grants, access);
    const ageMs = attachedAt === undefined ? 0 : ctx.now() - attachedAt;
    return verdict.granted && verdict.mayRetain && ageMs <= (maxAgeMs(grants) ?? Infinity);
  });
}

/**
 * Returns the store, and others at the same endpoint that may have made the key. An ObjectStore counts only
 * if its credentials work there.
 */
function storesAt(ctx: Pick<Grants, 'stores' | 'states'>, store: StoreObject): StoreObject[] {
  return [...ctx.stores.values()].filter(
    (other) =>
      isSame(other, store) ||
      (isSameEndpoint(other.spec.endpoint, store.spec.endpoint) &&
        (other.kind === 'ClusterObjectStore' || ctx.states.get(keyOf(other))?.view.kind === 'ready')),
  );
}

function isSame(one: StoreObject, other: StoreObject): boolean {
  return one.kind === other.kind && one.metadata.uid === other.metadata.uid;
}

function find(
  ctx: Pick<Grants, 'namespaceCache'>,
  name: string,
  attachedAt: number | undefined,
): NamespaceLabels | undefined {
  const namespace = ctx.namespaceCache.get(name);
  if (!namespace) return undefined;
  const isYounger = attachedAt !== undefined && namespace.createdAt > attachedAt + MAX_CLOCK_DIFFERENCE_MS;
  return isYounger ? undefined : namespace;
}
