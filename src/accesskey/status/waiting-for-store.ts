import type { AccessKey } from '../../api/schema/accesskey.ts';
import type { StoreView } from '../context/stores.ts';
import type { Outcome } from './status.ts';

/**
 * Returns the outcome of a key that has work to do while its store is unusable.
 * @param retainRefusal why its deletionPolicy: Retain has no effect, if it has none
 */
export function waitingFor(
  { metadata, spec }: AccessKey,
  view: Extract<StoreView, { kind: 'missing' | 'notReady' }>,
  retainRefusal?: string,
): Outcome {
  const { kind, name } = spec.storeRef;
  const refusal = retainRefusal === undefined ? '' : `. ${retainRefusal}`;
  if (view.kind === 'notReady')
    return { reason: view.reason, message: `${kind} ${name}: ${view.message}${refusal}` };
  const remedy = metadata.deletionTimestamp
    ? 'create it again'
    : 'create it, or recreate the AccessKey with the right spec.storeRef';
  return { reason: 'StoreNotFound', message: `there is no ${kind} ${name}; ${remedy}` };
}

/**
 * Returns the outcome in the form for an AccessKey that is being deleted: one reason, and what the deletion
 * waits for.
 */
export function asDeletion(outcome: Outcome): Outcome {
  if (outcome.reason === 'Deleting') return outcome;
  return { ...outcome, reason: 'Deleting', message: `the deletion waits: ${outcome.message}` };
}

/**
 * A deletion that has ended the pair, and waits for a list of the store's users. What comes after that wait
 * is news.
 */
export const AWAITING_LIST: Outcome = {
  reason: 'Deleting',
  message:
    "the pair no longer works; the operator waits for a list of the store's users, which shows any other user that it made for the key",
};
