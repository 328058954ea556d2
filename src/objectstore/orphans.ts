import { referenceTo } from '../api/object-reference.ts';
import { isForbidden } from '../kube/errors.ts';
import type { Occurrence } from '../kube/events.ts';
import { orAbsent } from '../kube/or-absent.ts';
import { isExactlyOurs } from '../ownership/attached-to.ts';
import { keyOfPolicy } from '../ownership/names.ts';
import { removeUser } from '../ownership/remove-user.ts';
import { StoreError } from '../provider/errors.ts';
import type { Store, StoreUser } from '../provider/provider.ts';
import type { StoreContext } from './context.ts';
import { isKeepingGranted } from './kept-keys.ts';
import {
  type OwnerlessPolicy,
  type OwnerlessUser,
  ownerlessPolicy,
  readOwnerlessPolicies,
} from './ownerless.ts';
import type { AnyStore } from './store-kinds.ts';
import type { Entry } from './store-state.ts';

/** An orphan is left alone until two sweeps at least this far apart have seen it (rule 12). */
const PATIENCE_MS = 3_600_000;

/** How many users belong to no AccessKey. */
export interface OwnerlessCounts {
  /** Nobody said that they may outlive their AccessKey, or it isn't granted any more. */
  readonly orphanedUsers: number;
  /** They were kept by deletionPolicy: Retain, and the grants still allow it. */
  readonly retainedUsers: number;
}

type Standing = 'orphaned' | 'retained';

/**
 * Counts the users with this cluster's mark that belong to no AccessKey, and does with orphans what the store's spec
 * says, once they have been seen for an hour: taking back what was disabled is easy.
 * @param ownerless users attached to a policy that is named like one of this operator's and is no AccessKey's
 */
export async function treatOrphans(
  ctx: StoreContext,
  store: AnyStore,
  entry: Pick<Entry, 'orphansSince' | 'ownerlessPolicies'>,
  client: Store,
  ownerless: readonly OwnerlessUser[],
  signal: AbortSignal,
): Promise<OwnerlessCounts> {
  const now = ctx.now();
  const { ownerlessPolicies, orphansSince } = entry;
  const policies = new Set(ownerless.map(({ policy }) => policy));
  await readOwnerlessPolicies(ownerlessPolicies, policies, client, now, signal);
  const uids = new Set<string>();
  for (const { metadata } of ctx.accessKeyCache.values()) uids.add(metadata.uid);
  const orphans = new Set<string>();
  let retainedUsers = 0;
  for (const found of ownerless) {
    const { user, policy } = found;
    const read = ownerlessPolicies.get(policy);
    const standing = read && standingOf(ctx, store, found, read, uids);
    if (standing === 'retained') retainedUsers += 1;
    if (standing !== 'orphaned') continue;
    orphans.add(user.accessKeyId);
    const since = orphansSince.get(user.accessKeyId) ?? now;
    orphansSince.set(user.accessKeyId, since);
    // A user to which somebody gave more than our policy is somebody's business (rule 2): counted, and no more.
    if (now - since < PATIENCE_MS || !isExactlyOurs(user, policy) || isLeftAlone(store, user)) continue;
    const fresh = ownerlessPolicy(await client.getPolicy(policy, { signal }), now);
    if (standingOf(ctx, store, found, fresh, uids) !== 'orphaned') continue;
    if (!fresh.mark || !(await isGone(ctx, policy, fresh.mark.accessKeyUid, signal))) continue;
    await treat(ctx, store, client, user, policy, signal);
  }
  for (const id of orphansSince.keys()) if (!orphans.has(id)) orphansSince.delete(id);
  return { orphanedUsers: orphans.size, retainedUsers };
}

/** What an ownerless user is, by its policy; undefined where it is another cluster's, nobody's, or a cached AccessKey's. */
function standingOf(
  ctx: StoreContext,
  store: AnyStore,
  { user, policy }: OwnerlessUser,
  read: OwnerlessPolicy,
  uids: ReadonlySet<string>,
): Standing | undefined {
  const { mark } = read;
  const key = keyOfPolicy(ctx.cluster, policy);
  if (!mark || !key || mark.clusterUid !== ctx.cluster.uid || uids.has(mark.accessKeyUid)) return undefined;
  if (!mark.flags.has('retained')) return 'orphaned';
  // An ObjectStore serves its own namespace: whether keys of others may be kept is none of its business.
  if (store.kind === 'ObjectStore' && store.metadata.namespace !== key.namespace) return undefined;
  return isKeepingGranted(ctx, store, key.namespace, user, read) ? 'retained' : 'orphaned';
}

function isLeftAlone({ spec: { orphans } }: AnyStore, { enabled }: StoreUser): boolean {
  return orphans === 'Report' || (orphans === 'Disable' && !enabled);
}

/**
 * Whether the API server itself doesn't know that AccessKey (rule 5): a cache may be behind, for as long as the operator
 * isn't let see the namespace.
 */
async function isGone(ctx: StoreContext, policy: string, uid: string, signal: AbortSignal): Promise<boolean> {
  const key = keyOfPolicy(ctx.cluster, policy);
  if (!key) return false;
  try {
    const found = await orAbsent(ctx.accessKeys.get(key.name, key.namespace, { signal }));
    return found?.metadata.uid !== uid;
  } catch (error) {
    if (!isForbidden(error)) throw error;
    ctx.log.warn({ ...key, policy, err: error }, 'whether a user is an orphan is not to be found out');
    return false;
  }
}

async function treat(
  ctx: StoreContext,
  store: AnyStore,
  client: Store,
  user: StoreUser,
  policy: string,
  signal: AbortSignal,
): Promise<void> {
  const { accessKeyId } = user;
  const { orphans } = store.spec;
  const tell = (occurrence: Occurrence) => {
    if (!ctx.readsOnly(store.kind)) ctx.events.record(referenceTo(store.kind, store.metadata), occurrence);
  };
  const said = `user ${accessKeyId} was made by this operator and belongs to no AccessKey`;
  if (orphans === 'Disable') {
    await client.setUserEnabled(accessKeyId, false, { signal });
    tell({
      type: 'Warning',
      reason: 'OrphanDisabled',
      action: 'Disable',
      note: `${said}: disabled`,
    });
  } else {
    await removeUser(client, accessKeyId, signal);
    try {
      await client.removePolicy(policy, { signal });
    } catch (error) {
      if (!(error instanceof StoreError) || error.kind !== 'inUse') throw error;
    }
    tell({
      type: 'Warning',
      reason: 'OrphanRemoved',
      action: 'Remove',
      note: `${said}: removed`,
    });
  }
  const { namespace, name } = store.metadata;
  ctx.log.warn({ namespace, name, accessKeyId, policy, orphans }, 'orphaned user');
}
