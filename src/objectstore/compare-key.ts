import { namedIds, statusIds } from '../accesskey/secret/candidate-ids.ts';
import { issuedAtOf, ownership, secretKeyOf } from '../accesskey/secret/facts.ts';
import { readyReason } from '../accesskey/status/status.ts';
import { readyOf } from '../api/conditions.ts';
import { ANNOTATION_PAUSED } from '../api/names.ts';
import type { AccessKey } from '../api/schema/accesskey.ts';
import { isExactlyOurs } from '../ownership/attached-to.ts';
import type { StoreUser } from '../provider/provider.ts';
import { keyOf } from '../runtime/key.ts';
import type { StoreContext } from './context.ts';

/** An AccessKey of the store, and the name of its policy. */
export interface SweptKey {
  readonly key: string;
  readonly accessKey: AccessKey;
  readonly policy: string;
}

/** A list of a store's users. */
interface Listing {
  readonly users: ReadonlyMap<string, StoreUser>;
  /** Those of one AccessKey. */
  readonly seen: readonly StoreUser[];
  /** The time when the list began, in ms since 1970. */
  readonly startedAt: number;
}

/**
 * Compares an AccessKey with its users in a list, and records their times. Returns the ids of users that may
 * be left over, none if its user differs otherwise. Returns undefined if it needs no sync.
 */
export function compareKey(
  ctx: Pick<StoreContext, 'hints' | 'secretCache' | 'queueAccessKey'>,
  { key, accessKey, policy }: SweptKey,
  { users, seen, startedAt }: Listing,
): string[] | undefined {
  const { current, kept } = expectedIds(ctx, accessKey, policy);
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
  return suspects.length === 0 && (stale || !drifted) ? undefined : suspects;
}

/** Returns the ids of the users that the key should have: the current one, and all that its records name. */
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
