import { statusIds } from '../accesskey/secret/candidate-ids.ts';
import { isSameEndpoint } from '../api/endpoint.ts';
import { accessKeyTag, keyOfPolicy, policyNameOf, tagOf } from '../ownership/names.ts';
import type { StoreUser } from '../provider/provider.ts';
import { keyOf } from '../runtime/key.ts';
import { eventLoop } from '../runtime/yield.ts';
import { compareKey, type SweptKey } from './compare-key.ts';
import type { StoreContext } from './context.ts';
import { countKeysIn } from './in-use.ts';
import { isInherited } from './inherited.ts';
import { listBounds, mayBeOurs } from './list-bounds.ts';
import type { OwnerlessUser } from './ownerless.ts';
import { kindOf } from './store-kinds.ts';
import type { SweepPass } from './store-pass.ts';

/** The findings of a sweep. */
export interface SweepResult {
  /** The number of AccessKeys that name the store. */
  readonly keys: number;
  /** The number of them for which the sweep requested a sync. */
  readonly flagged: number;
  /**
   * In the first comparison, those that the process which led before may not have finished. The store may
   * still make users that it asked for, which the list doesn't show.
   */
  readonly inherited: readonly string[];
  /**
   * Users without an AccessKey of this store, attached to a policy that has this cluster's name and a watched
   * namespace's.
   */
  readonly ownerless: readonly OwnerlessUser[];
}

/**
 * Lists the store's users once and compares them with the store's AccessKeys. Requests a sync of each key
 * whose user differs from its spec, or that has a user which was made and not published, and queues it.
 * Changes nothing in the store: the key's own worker reads again and decides. Requires synced caches.
 */
export async function sweepUsers(pass: SweepPass): Promise<SweepResult> {
  const { ctx, key: storeKey, client, signal } = pass;
  const startedAt = ctx.now();
  const users = await client.listUsers({
    ...listBounds(kindOf(storeKey), countKeysIn(ctx, storeKey)),
    keep: (user) => mayBeOurs(ctx.cluster, user),
    signal,
  });
  const pause = async () => {
    await eventLoop.yield();
    signal.throwIfAborted();
  };
  const byPolicy = new Map<string, string>();
  const byTag = new Map<string, string>();
  const keys: SweptKey[] = [];
  const isFirst = pass.state.comparedAt === undefined;
  const inherited: string[] = [];
  for (const accessKey of ctx.keysByStore.of(storeKey)) {
    await pause();
    const policy = policyNameOf(ctx.cluster, accessKey);
    const key = keyOf(accessKey);
    if (isFirst && isInherited(ctx, accessKey)) inherited.push(key);
    byPolicy.set(policy, key);
    byTag.set(accessKeyTag(policy), key);
    keys.push({ key, accessKey, policy });
  }
  const others = await idsOfOtherObjects(pass, pause);

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
  for (const swept of keys) {
    await pause();
    const suspects = compareKey(ctx, swept, { users, seen: found.get(swept.key) ?? [], startedAt });
    if (!suspects) continue;
    ctx.hints.requestSync(swept.key, suspects);
    ctx.queueAccessKey(swept.key);
    flagged += 1;
  }
  return { keys: keys.length, flagged, inherited, ownerless };
}

/**
 * Returns the ids of AccessKeys that use the same store through another object. They are those in the status,
 * which only the operator writes. The policy's name isn't enough. An AccessKey that was deleted may have left
 * users under it. A new one of the same name could name a store without credentials at this endpoint and so
 * hide them.
 */
async function idsOfOtherObjects(
  { ctx, key: storeKey }: SweepPass,
  pause: () => Promise<void>,
): Promise<Set<string>> {
  const ids = new Set<string>();
  for (const other of ctx.stores.values()) {
    const named = keyOf(other);
    if (named === storeKey || !areAtOneEndpoint(ctx, named, storeKey)) continue;
    for (const { status } of ctx.keysByStore.of(named)) {
      await pause();
      for (const id of statusIds(status)) ids.add(id);
    }
  }
  return ids;
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
