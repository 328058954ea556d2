import { secretKeyOf } from '../accesskey/secret/facts.ts';
import { readyReason, wasAtRest } from '../accesskey/status/status.ts';
import type { AccessKey } from '../api/schema/accesskey.ts';
import { keyOf } from '../runtime/key.ts';
import type { StoreContext } from './context.ts';

/**
 * The time from the first list of a store's users in which the store may still apply a write of the process
 * that led before, in ms. Such a write waits in the store's connections, and for its other writes.
 */
export const INHERITED_WRITES_MS = 10_000;

/**
 * True if a process that led before may have been at work on the key: to make it as its spec says, or to
 * replace a pair whose Secret is gone. It may have sent a write to the store that takes effect although the
 * process has ended since.
 */
export function isInherited(
  { hints, secretCache }: Pick<StoreContext, 'hints' | 'secretCache'>,
  accessKey: AccessKey,
): boolean {
  const key = keyOf(accessKey);
  const { uid } = accessKey.metadata;
  if (hints.awaitsFirstSync(key, uid) || hints.recentlyBegun(key)?.metadata.uid === uid) return false;
  if (!wasAtRest(accessKey)) return true;
  const isIssued = readyReason(accessKey) === 'Issued';
  return isIssued && secretCache.get(secretKeyOf(accessKey))?.accessKeyId !== accessKey.status.accessKeyId;
}
