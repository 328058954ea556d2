import type { AccessKey } from '../../api/schema/accesskey.ts';
import type { StoreView } from '../context/stores.ts';
import type { Outcome } from './status.ts';

/** What a key with work to do says while its store can't be used. */
export function waitingFor(
  accessKey: AccessKey,
  view: Extract<StoreView, { kind: 'missing' | 'notReady' }>,
): Outcome {
  const { kind, name } = accessKey.spec.storeRef;
  const waits = accessKey.metadata.deletionTimestamp ? 'the key waits to be revoked: ' : '';
  if (view.kind === 'notReady')
    return { reason: view.reason, message: `${waits}${kind} ${name}: ${view.message}` };
  if (waits)
    return { reason: 'StoreNotFound', message: `${waits}there is no ${kind} ${name}; create it again` };
  return {
    reason: 'StoreNotFound',
    message: `there is no ${kind} ${name}; create it, or make the AccessKey anew with the right spec.storeRef`,
  };
}
