import { hasFinalizer } from '../api/finalizers.ts';
import type { AccessKey } from '../api/schema/accesskey.ts';
import { keyOf } from '../runtime/key.ts';
import type { StoreContext } from './context.ts';
import { storeKeyOf } from './store-kinds.ts';
import type { StoreState } from './store-state.ts';

/** The maximum time until the operator sees the finalizer of a new key, in ms. */
const UPCOMING_MS = 60_000;

/** Returns the AccessKeys that have a user or policy in a store, one by one. */
export function* keysIn(
  ctx: Pick<StoreContext, 'keysByStore' | 'hints'>,
  storeKey: string,
): Generator<AccessKey, void, undefined> {
  for (const accessKey of ctx.keysByStore.of(storeKey)) if (hasBegun(ctx, accessKey)) yield accessKey;
}

/** Returns the number of AccessKeys that have a user or policy in a store. */
export function countKeysIn(
  ctx: Pick<StoreContext, 'accessKeyCache' | 'keysByStore' | 'hints'>,
  storeKey: string,
): number {
  let count = ctx.keysByStore.countFinalizers(storeKey);
  // Few have not begun, and a store may have very many.
  for (const key of ctx.hints.keysAwaitingFirstSync()) {
    const accessKey = ctx.accessKeyCache.get(key);
    if (!accessKey || storeKeyOf(accessKey) !== storeKey) continue;
    if (hasFinalizer(accessKey.metadata) && !hasBegun(ctx, accessKey)) count -= 1;
  }
  return count;
}

/** True if the operator has begun to make the key. A finalizer may be there since the key's creation. */
function hasBegun({ hints }: Pick<StoreContext, 'hints'>, accessKey: AccessKey): boolean {
  const { metadata, status } = accessKey;
  if (!hasFinalizer(metadata)) return false;
  // Asked first: most keys have an id.
  return status.accessKeyId !== undefined || !hints.awaitsFirstSync(keyOf(accessKey), metadata.uid);
}

/** Returns the count as text: `1 AccessKey`, `3 AccessKeys`. */
export function keysText(count: number): string {
  return `${count} AccessKey${count === 1 ? '' : 's'}`;
}

/** Forgets the announced keys that now have their finalizer, or are gone, or that the operator never made. */
export function forgetArrived(
  ctx: Pick<StoreContext, 'accessKeyCache' | 'hints' | 'now'>,
  { upcoming }: StoreState,
): void {
  for (const [key, since] of upcoming) {
    const accessKey = ctx.accessKeyCache.get(key);
    const arrived = !accessKey || hasBegun(ctx, accessKey);
    if (arrived || ctx.now() - since > UPCOMING_MS) upcoming.delete(key);
  }
}

/** True if AccessKeys have a user or policy in a store. */
export function hasKeys(ctx: Pick<StoreContext, 'keysByStore' | 'hints'>, storeKey: string): boolean {
  return keysIn(ctx, storeKey).next().done !== true;
}
