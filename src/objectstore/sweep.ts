import { namedIds, statusIds } from '../accesskey/secret/candidate-ids.ts';
import { issuedAtOf, ownership, secretKeyOf } from '../accesskey/secret/facts.ts';
import { readyReason } from '../accesskey/status/status.ts';
import { readyOf } from '../api/conditions.ts';
import { isSameEndpoint } from '../api/endpoint.ts';
import { ANNOTATION_PAUSED } from '../api/names.ts';
import type { AccessKey } from '../api/schema/accesskey.ts';
import { isExactlyOurs } from '../ownership/attached-to.ts';
import { accessKeyTag, keyOfPolicy, policyNameOf, tagOf } from '../ownership/names.ts';
import type { StoreUser } from '../provider/provider.ts';
import { keyOf } from '../runtime/key.ts';
import { eventLoop } from '../runtime/yield.ts';
import type { StoreContext } from './context.ts';
import { countKeysIn } from './in-use.ts';
import { listBounds, mayBeOurs } from './list-bounds.ts';
import type { OwnerlessUser } from './ownerless.ts';
import { kindOf } from './store-kinds.ts';
import type { SweepPass } from './store-pass.ts';

/** The findings of a sweep, beside the keys that it flagged. */
export interface SweepResult {
  /** The number of AccessKeys that name the store. */
  readonly keys: number;
  /** The number of them that the sweep flagged for a reconcile. */
  readonly flagged: number;
  /**
   * Users without an AccessKey of this store, attached to a policy that has this cluster's name and a watched
   * namespace's.
   */
  readonly ownerless: readonly OwnerlessUser[];
}

/**
 * Lists the store's users once and compares them with the store's AccessKeys. Flags and queues each key whose
 * user differs from its spec, or that has a user which was made and not published. Changes nothing in the
 * store: the key's own worker reads again and decides. Requires synced caches.
 */
export async function sweepUsers({ ctx, key: storeKey, client, signal }: SweepPass): Promise<SweepResult> {
  const startedAt = ctx.now();
  const users = await client.listUsers({
    ...listBounds(kindOf(storeKey), countKeysIn(ctx, storeKey)),
    keep: (user) => mayBeOurs(ctx.cluster, user),
    signal,
  });
  const byPolicy = new Map<string, string>();
  const byTag = new Map<string, string>();
  const keys: [string, AccessKey, string][] = [];
  /** Users of AccessKeys that use the same store through another object. */
  const others = new Set<string>();
  const pause = async () => {
    await eventLoop.yield();
    signal.throwIfAborted();
  };
  for (const accessKey of ctx.keysByStore.of(storeKey)) {
    await pause();
    const policy = policyNameOf(ctx.cluster, accessKey);
    const key = keyOf(accessKey);
    byPolicy.set(policy, key);
    byTag.set(accessKeyTag(policy), key);
    keys.push([key, accessKey, policy]);
  }
  for (const other of ctx.stores.values()) {
    const named = keyOf(other);
    if (named === storeKey || !areAtOneEndpoint(ctx, named, storeKey)) continue;
    // Compares the ids in the status, which only the operator writes. The policy's name isn't enough. An
    // AccessKey that was deleted may have left users under it. A new one of the same name could name a store
    // without credentials at this endpoint and so hide them.
    for (const { status } of ctx.keysByStore.of(named)) {
      await pause();
      for (const id of statusIds(status)) others.add(id);
    }
  }

  const found = new Map<string, StoreUser[]>();
  const ownerless: OwnerlessUser[] = [];
  for (const user of users.values()) {
    await pause();
    const owner = ownerOf(user, byPolicy, byTag);
    if (owner !== undefined) {
      const known = found.get(owner) ?? [];
      known.push(user);
      found.set(owner, known);
    } else if (!others.has(user.accessKeyId)) {
      const policy = user.policies.find((name) => isOfWatched(ctx, name));
      if (policy !== undefined) ownerless.push({ user, policy });
    }
  }

  let flagged = 0;
  for (const [key, accessKey, policy] of keys) {
    await pause();
    const { current, kept } = expectedIds(ctx, accessKey, policy);
    const seen = found.get(key) ?? [];
    const suspects = seen
      .map((user) => user.accessKeyId)
      .filter((id) => !kept.includes(id) && !ctx.hints.isBeingIssued(id));
    // The key's own worker has read the store after this list began.
    const stale = ctx.hints.syncBeganSince(key, startedAt);
    if (!stale) {
      const isNews = ctx.hints.isNews(key, seen);
      ctx.hints.sawUsers(key, seen);
      // The key's own worker decides from cached state whether a newly known time matters.
      if (isNews && isOfUse(ctx, accessKey, kept)) ctx.queueAccessKey(key);
    }
    // A list that began before the pass ended may miss the user that the pass made.
    const drifted =
      (!ctx.hints.syncEndedSince(key, startedAt) && hasDrifted(accessKey, current, users, policy)) ||
      isEnabledAgain(accessKey, seen);
    if (suspects.length === 0 && (stale || !drifted)) continue;
    ctx.hints.requestSync(key, suspects);
    ctx.queueAccessKey(key);
    flagged += 1;
  }
  return { keys: keys.length, flagged, ownerless };
}

/**
 * True if a policy is of a watched namespace. This operator doesn't know the AccessKeys of other namespaces,
 * which another operator may serve.
 */
function isOfWatched(ctx: Pick<StoreContext, 'cluster' | 'isWatched'>, policy: string): boolean {
  const key = keyOfPolicy(ctx.cluster, policy);
  return key !== undefined && ctx.isWatched(key.namespace);
}

function areAtOneEndpoint(ctx: Pick<StoreContext, 'stores'>, one: string, other: string): boolean {
  const first = ctx.stores.get(one)?.spec.endpoint;
  const second = ctx.stores.get(other)?.spec.endpoint;
  return first !== undefined && second !== undefined && isSameEndpoint(first, second);
}

/** Returns the AccessKey that a user's policy names or, for a user without a policy, its tag. */
function ownerOf(
  user: StoreUser,
  byPolicy: ReadonlyMap<string, string>,
  byTag: ReadonlyMap<string, string>,
): string | undefined {
  for (const policy of user.policies) {
    const key = byPolicy.get(policy);
    if (key !== undefined) return key;
  }
  const tag = user.policies.length === 0 ? tagOf(user.accessKeyId) : undefined;
  return tag === undefined ? undefined : byTag.get(tag);
}

function expectedIds(
  ctx: Pick<StoreContext, 'secretCache'>,
  accessKey: AccessKey,
  policy: string,
): { current: string | undefined; kept: readonly string[] } {
  if (accessKey.metadata.deletionTimestamp) return { current: undefined, kept: [] };
  const cached = ctx.secretCache.get(secretKeyOf(accessKey));
  const secret = cached && ownership(cached, accessKey) !== 'foreign' ? cached : undefined;
  const current = secret?.accessKeyId ?? accessKey.status?.accessKeyId;
  const named = secret ? namedIds(secret, accessKey.status, policy) : [];
  const all = [...(current === undefined ? [] : [current]), ...named, ...statusIds(accessKey.status)];
  return { current, kept: [...new Set(all)] };
}

/**
 * True if the spec disables the key and one of its users is enabled. Somebody enabled it, or the store has
 * older data than before.
 */
function isEnabledAgain(accessKey: AccessKey, its: readonly StoreUser[]): boolean {
  if (readyReason(accessKey) !== 'Disabled' || accessKey.metadata.deletionTimestamp) return false;
  return its.some(({ enabled }) => enabled);
}

/**
 * True if the store's times can change a decision: the store shows an older pair than the Secret says, or a
 * previous key may end earlier. Without this check, a start would reconcile every key twice.
 */
function isOfUse(
  ctx: Pick<StoreContext, 'secretCache' | 'hints'>,
  accessKey: AccessKey,
  kept: readonly string[],
): boolean {
  if (kept.length > 1 || accessKey.metadata.annotations?.[ANNOTATION_PAUSED] !== undefined) return true;
  const secret = ctx.secretCache.get(secretKeyOf(accessKey));
  const issuedAt = Date.parse((secret && issuedAtOf(secret)) ?? '');
  const [current = ''] = kept;
  const attachedAt = ctx.hints.attachedUsers(keyOf(accessKey)).get(current)?.attachedAt;
  return attachedAt !== undefined && !(attachedAt >= issuedAt);
}

/**
 * True if the user of a ready key differs from its spec. Other keys, except disabled ones, read the store in
 * their own passes.
 */
function hasDrifted(
  accessKey: AccessKey,
  current: string | undefined,
  users: ReadonlyMap<string, StoreUser>,
  policy: string,
): boolean {
  const isReady = readyOf(accessKey)?.status === 'True';
  if (!isReady || current === undefined || accessKey.metadata.deletionTimestamp) return false;
  const user = users.get(current);
  return !isExactlyOurs(user, policy) || user?.enabled !== true;
}
