import { referenceTo } from '../api/object-reference.ts';
import { isForbidden } from '../kube/errors.ts';
import type { Occurrence } from '../kube/events.ts';
import { orAbsent } from '../kube/or-absent.ts';
import { isExactlyOurs } from '../ownership/attached-to.ts';
import { decodeMark } from '../ownership/mark.ts';
import { keyOfPolicy } from '../ownership/names.ts';
import { removeUser } from '../ownership/remove-user.ts';
import { StoreError } from '../provider/errors.ts';
import type { Store, StoreUser } from '../provider/provider.ts';
import type { StoreContext } from './context.ts';
import type { AnyStore } from './store-kinds.ts';
import type { Entry } from './store-state.ts';
import type { Stranger } from './sweep.ts';

/** An orphan is left alone until two sweeps at least this far apart have seen it (rule 12). */
const PATIENCE_MS = 3_600_000;

/**
 * Counts the users with our mark and this cluster's UID that belong to no AccessKey and weren't retained, and
 * does with them what the store's spec says, once they have been seen for an hour: taking back what was
 * disabled is easy. One read for each policy of such a user.
 * @param strangers users attached to a policy that is named like one of ours and is no AccessKey's
 */
export async function treatOrphans(
  ctx: StoreContext,
  store: AnyStore,
  entry: Entry,
  client: Store,
  strangers: readonly Stranger[],
  signal: AbortSignal,
): Promise<number> {
  const now = ctx.now();
  const seen = new Set<string>();
  for (const { user, policy } of strangers) {
    const uid = await lostKey(ctx, client, policy, signal);
    if (uid === undefined) continue;
    seen.add(user.accessKeyId);
    const since = entry.orphansSince.get(user.accessKeyId) ?? now;
    entry.orphansSince.set(user.accessKeyId, since);
    // A user to which somebody gave more than our policy is somebody's business (rule 2): counted, and no more.
    if (now - since < PATIENCE_MS || !isExactlyOurs(user, policy) || isLeftAlone(store, user)) continue;
    if (!(await isGone(ctx, policy, uid, signal))) continue;
    await treat(ctx, store, client, user, policy, signal);
  }
  for (const id of entry.orphansSince.keys()) {
    if (!seen.has(id)) entry.orphansSince.delete(id);
  }
  return seen.size;
}

/** The UID of the AccessKey that the policy was made for, where the cache has it no more; undefined where nothing is lost. */
async function lostKey(
  ctx: StoreContext,
  client: Store,
  policy: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const stored = await client.getPolicy(policy, { signal });
  const mark = stored && decodeMark(stored.id);
  if (!mark || mark.clusterUid !== ctx.cluster.uid || mark.flags.has('retained')) return undefined;
  for (const accessKey of ctx.accessKeyCache.values()) {
    if (accessKey.metadata.uid === mark.accessKeyUid) return undefined;
  }
  return mark.accessKeyUid;
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
