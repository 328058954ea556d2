/** The row of a key, in texts. Pure. */
import { readyOf } from '../../api/conditions.ts';
import type { AccessKey } from '../../api/schema/accesskey.ts';
import { isObserved, labelOf, remedyOf, standingOf } from '../keys/facts.ts';
import { gitOpsOwner } from '../keys/owner.ts';
import { storeNameOf } from '../shell/store-ref.ts';
import type { KeyRow } from './protocol.ts';

/** Returns the row of a key. */
export function rowOf(accessKey: AccessKey): KeyRow {
  const { metadata, spec, status } = accessKey;
  const ready = readyOf(accessKey);
  const standing = standingOf(accessKey);
  return {
    uid: metadata.uid,
    namespace: metadata.namespace,
    name: metadata.name,
    label: labelOf(accessKey),
    accessKeyId: status?.accessKeyId ?? '',
    access: status?.access ?? '',
    store: storeNameOf(spec.storeRef),
    standing,
    reason: ready?.reason ?? '',
    why: standing === 'works' ? '' : whyNot(accessKey),
    createdAt: metadata.creationTimestamp,
    nextRotationAt: status?.nextRotationAt ?? '',
    expiresAt: spec.expiresAt ?? status?.expiresAt ?? '',
    disabled: spec.disabled === true,
    deleting: metadata.deletionTimestamp !== undefined,
    owner: gitOpsOwner(metadata),
  };
}

function whyNot(accessKey: AccessKey): string {
  const ready = readyOf(accessKey);
  if (ready === undefined) return 'The operator has not processed this key yet. Check that it is running.';
  const stale = isObserved(accessKey) ? '' : 'The last edit is not in force yet. ';
  return [`${stale}${sentence(ready.message)}`, remedyOf(accessKey)].filter(Boolean).join(' ');
}

/** The operator's message as a sentence of its own. */
function sentence(message: string): string {
  const text = message.charAt(0).toUpperCase() + message.slice(1);
  return text === '' || /[.!?]$/.test(text) ? text : `${text}.`;
}
