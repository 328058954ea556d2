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
import { eachLimited } from '../runtime/each-limited.ts';
import { eventLoop } from '../runtime/yield.ts';
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
/** The maximum number of users that a sweep treats concurrently. */
const AT_ONCE = 8;

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
 * @param onCounted called with the counts before anything is treated
 */
export async function treatOrphans(
  pass: SweepPass,
  ownerless: readonly OwnerlessUser[],
  onCounted: (counts: OwnerlessCounts) => void,
): Promise<void> {
  const { ctx, store, client, signal } = pass;
  const { ownerlessPolicies, orphansSince } = pass.state;
  const now = ctx.now();
  const policies = new Set(ownerless.map(({ policy }) => policy));
  const rules = rulesOf(pass);
  await readOwnerlessPolicies(ownerlessPolicies, policies, { client, rules, now, signal });
  const uids = ownerless.length > 0 ? await knownUids(pass) : new Set<string>();
  const { orphaned = [], retained = [] } = Object.groupBy(ownerless, (found) => {
    const read = ownerlessPolicies.get(found.policy);
    return (read && standingOf(pass, found, read, uids)) ?? 'others';
  });
  const ids = new Set(orphaned.map(({ user }) => user.accessKeyId));
  for (const id of ids) if (!orphansSince.has(id)) orphansSince.set(id, now);
  for (const id of orphansSince.keys()) if (!ids.has(id)) orphansSince.delete(id);
  // The store itself shows what follows, so a sweep that is given up loses none of it.
  onCounted({ orphanedUsers: ids.size, retainedUsers: retained.length });
  const outdated = retained.filter(({ policy }) => ownerlessPolicies.get(policy)?.renewed);
  await eachLimited(outdated, AT_ONCE, (found) => renew(pass, found));
  const due = orphaned.filter(
    ({ user, policy }) =>
      now - (orphansSince.get(user.accessKeyId) ?? now) >= PATIENCE_MS &&
      // Somebody gave the others more than their key's policy, so the operator only counts them (rule 2).
      isExactlyOurs(user, policy) &&
      !isLeftAlone(store, user),
  );
  await eachLimited(due, AT_ONCE, async (found) => {
    const fresh = ownerlessPolicy(await client.readPolicy(found.policy, { signal }), now, rules);
    if (standingOf(pass, found, fresh, uids) !== 'orphaned') return;
    if (!fresh.mark || !(await isGone(pass, found.policy, fresh.mark.accessKeyUid))) return;
    await treat(pass, found);
  });
}

/** Returns the uids of all cached AccessKeys. */
async function knownUids({ ctx, signal }: SweepPass): Promise<ReadonlySet<string>> {
  const uids = new Set<string>();
  for (const { metadata } of ctx.accessKeyCache.values()) {
    await eventLoop.yield();
    signal.throwIfAborted();
    uids.add(metadata.uid);
  }
  return uids;
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
  const fresh = ownerlessPolicy(await client.readPolicy(policy, { signal }), ctx.now(), rules);
  pass.state.ownerlessPolicies.set(policy, { ...fresh, renewed: undefined });
  if (!fresh.renewed || !fresh.mark || !(await isGone(pass, policy, fresh.mark.accessKeyUid))) return;
  await client.writePolicy(policy, fresh.renewed, { signal });
  const { namespace, name } = store.metadata;
  const { accessKeyId } = user;
  ctx.log.info({ namespace, name, accessKeyId, policy }, "renewed a kept key's policy");
}

function rulesOf({ ctx, store }: StorePass): StoreRules {
  return observedBySpec(store, store.spec.endpoint, undefined, ctx.providers[store.spec.provider]);
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
