import type { AccessKey } from '../../api/schema/accesskey.ts';
import type { Context } from '../context/context.ts';
import { verdictOf } from '../context/granted.ts';
import { knownStore, type StoreView } from '../context/stores.ts';
import { isRetained } from '../policy/desired-policy.ts';

/**
 * True if a key whose AccessKey is being deleted may outlive it: it asks to, and the store's grants allow it.
 * The grants decide as long as they are known, even while the store object is being deleted. Once that object
 * is gone, nobody can revoke the key, so asking is enough. Only its administrator can cause that for a
 * ClusterObjectStore.
 */
export function isToBeRetained(
  ctx: Pick<Context, 'namespaceCache'>,
  accessKey: AccessKey,
  view: StoreView,
): boolean {
  if (accessKey.spec.deletionPolicy !== 'Retain') return false;
  if (view.kind === 'missing') return true;
  const known = knownStore(view);
  return known !== undefined && isRetained(accessKey, verdictOf(ctx, known, accessKey));
}

/**
 * True if a key whose AccessKey is being deleted is retained, or if nothing known of its store says whether
 * the operator may do that. The operator then doesn't revoke it either.
 */
export function isRetainable(
  ctx: Pick<Context, 'namespaceCache'>,
  accessKey: AccessKey,
  view: StoreView,
): boolean {
  const isUndecided = view.kind === 'notReady' && view.known === undefined;
  return isToBeRetained(ctx, accessKey, view) || (accessKey.spec.deletionPolicy === 'Retain' && isUndecided);
}
