import type { StoreRules } from '../accesskey/policy/desired-policy.ts';
import { referenceTo } from '../api/object-reference.ts';
import { isForbidden } from '../kube/errors.ts';
import type { EventContent } from '../kube/events.ts';
import { ignoreNotFound } from '../kube/ignore-not-found.ts';
import { isExactlyOurs } from '../ownership/attached-to.ts';
import { keyOfPolicy } from '../ownership/names.ts';
import { removeUser } from '../ownership/remove-user.ts';
import { StoreError } from '../provider/errors.ts';
import type { StoreUser } from '../provider/provider.ts';
import { isKeepingGranted } from './kept-keys.ts';
import { observedBySpec } from './observed-by-spec.ts';
import {
  type OwnerlessPolicy,
  type OwnerlessUser,
  ownerlessPolicy,
  readOwnerlessPolicies,
} from './ownerless.ts';
import type { StoreObject } from './store-kinds.ts';
import type { StorePass, SweepPass } from './store-pass.ts';

/** The minimum time between two sweeps that see an orphan before the operator acts on it, in ms (rule 12). */
const PATIENCE_MS = 3_600_000;

/** Counts of users that belong to no AccessKey. */
export interface OwnerlessCounts {
  /** Users that nobody allowed to outlive their AccessKey, or whose grants no longer allow it. */
  readonly orphanedUsers: number;
  /** Users that deletionPolicy: Retain kept, and whose grants still allow it. */
  readonly retainedUsers: number;
}

type Standing = 'orphaned' | 'retained';

/**
 * Counts the users with this cluster's mark that belong to no AccessKey. Treats orphans as the store's spec
 * says, after sweeps have seen them for an hour. The default is to disable them, because that is easy to
 * undo.
 * @param ownerless users attached to a policy that has a name of this operator's and belongs to no AccessKey
 */
export async function treatOrphans(
  pass: SweepPass,
  ownerless: readonly OwnerlessUser[],
): Promise<OwnerlessCounts> {
  const { ctx, store, client, signal } = pass;
  const { ownerlessPolicies, orphansSince } = pass.state;
  const now = ctx.now();
  const policies = new Set(ownerless.map(({ policy }) => policy));
  const rules = rulesOf(pass);
  await readOwnerlessPolicies(ownerlessPolicies, policies, { client, rules, now, signal });
  const uids = new Set<string>();
  for (const { metadata } of ctx.accessKeyCache.values()) uids.add(metadata.uid);
  const orphans = new Set<string>();
  let retainedUsers = 0;
  for (const found of ownerless) {
    const { user, policy } = found;
    const read = ownerlessPolicies.get(policy);
    const standing = read && standingOf(pass, found, read, uids);
    if (standing === 'retained') {
      retainedUsers += 1;
      if (read?.renewed) await renew(pass, found);
    }
    if (standing !== 'orphaned') continue;
    orphans.add(user.accessKeyId);
    const since = orphansSince.get(user.accessKeyId) ?? now;
    orphansSince.set(user.accessKeyId, since);
    // Somebody gave this user more than its key's policy, so the operator only counts it (rule 2).
    if (now - since < PATIENCE_MS || !isExactlyOurs(user, policy) || isLeftAlone(store, user)) continue;
    const fresh = ownerlessPolicy(await client.getPolicy(policy, { signal }), now, rules);
    if (standingOf(pass, found, fresh, uids) !== 'orphaned') continue;
    if (!fresh.mark || !(await isGone(pass, policy, fresh.mark.accessKeyUid))) continue;
    await treat(pass, found);
  }
  for (const id of orphansSince.keys()) if (!orphans.has(id)) orphansSince.delete(id);
  return { orphanedUsers: orphans.size, retainedUsers };
}

/**
 * Returns what an ownerless user is, by its policy. Returns undefined if the user belongs to another cluster,
 * to nobody, or to a cached AccessKey.
 */
function standingOf(
  { ctx, store }: StorePass,
  { user, policy }: OwnerlessUser,
  read: OwnerlessPolicy,
  uids: ReadonlySet<string>,
): Standing | undefined {
  const { mark } = read;
  const key = keyOfPolicy(ctx.cluster, policy);
  if (!mark || !key || mark.clusterUid !== ctx.cluster.uid || uids.has(mark.accessKeyUid)) return undefined;
  if (!mark.flags.has('retained')) return 'orphaned';
  // An ObjectStore serves its own namespace and doesn't judge keys of others.
  if (store.kind === 'ObjectStore' && store.metadata.namespace !== key.namespace) return undefined;
  return isKeepingGranted(ctx, store, key.namespace, user, read) ? 'retained' : 'orphaned';
}

/**
 * Writes a kept key's policy by today's rules, which allow less than those it was written by. The policy and
 * the absence of the AccessKey are read anew before.
 */
async function renew(pass: SweepPass, { user, policy }: OwnerlessUser): Promise<void> {
  const { ctx, store, client, signal } = pass;
  const rules = rulesOf(pass);
  const fresh = ownerlessPolicy(await client.getPolicy(policy, { signal }), ctx.now(), rules);
  pass.state.ownerlessPolicies.set(policy, { ...fresh, renewed: undefined });
  if (!fresh.renewed || !fresh.mark || !(await isGone(pass, policy, fresh.mark.accessKeyUid))) return;
  await client.putPolicy(policy, fresh.renewed, { signal });
  const { namespace, name } = store.metadata;
  const { accessKeyId } = user;
  ctx.log.info({ namespace, name, accessKeyId, policy }, "renewed a kept key's policy");
}

function rulesOf({ ctx, store }: StorePass): StoreRules {
  const { actions } = ctx.providers[store.spec.provider];
  return observedBySpec(store, store.spec.endpoint, undefined, actions);
}

function isLeftAlone({ spec: { orphans } }: StoreObject, { enabled }: StoreUser): boolean {
  return orphans === 'Report' || (orphans === 'Disable' && !enabled);
}

/**
 * True if the API server doesn't have that AccessKey (rule 5). A cache may be behind while the operator has
 * no right to read the namespace.
 */
async function isGone({ ctx, signal }: StorePass, policy: string, uid: string): Promise<boolean> {
  const key = keyOfPolicy(ctx.cluster, policy);
  if (!key) return false;
  try {
    const found = await ignoreNotFound(ctx.accessKeys.get(key.name, key.namespace, { signal }));
    return found?.metadata.uid !== uid;
  } catch (error) {
    if (!isForbidden(error)) throw error;
    ctx.log.warn({ ...key, policy, err: error }, 'cannot determine whether the user is orphaned');
    return false;
  }
}

async function treat(
  { ctx, store, client, signal }: SweepPass,
  { user, policy }: OwnerlessUser,
): Promise<void> {
  const { accessKeyId } = user;
  const { orphans } = store.spec;
  const tell = (content: EventContent) => {
    if (!ctx.readsOnly(store.kind)) ctx.events.record(referenceTo(store.kind, store.metadata), content);
  };
  const said = `user ${accessKeyId} was created by this operator and belongs to no AccessKey`;
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
