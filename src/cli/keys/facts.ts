/** The facts that commands read of an AccessKey. The object may be new, and its status empty. */

import { secretNameOf } from '../../accesskey/secret/facts.ts';
import { readyOf } from '../../api/conditions.ts';
import { REASONS } from '../../api/reasons.ts';
import type { AccessKey } from '../../api/schema/accesskey.ts';

/** Returns the remedy for a key that is not Ready; '' if it is Ready, or if its reason has no remedy. */
export function remedyOf(accessKey: AccessKey): string {
  const ready = readyOf(accessKey);
  if (ready === undefined || ready.status === 'True' || !Object.hasOwn(REASONS, ready.reason)) return '';
  return REASONS[ready.reason as keyof typeof REASONS].remedy;
}

/** The standing of a key: it works as asked, is on its way there, or waits for somebody. */
type Standing = 'works' | 'onItsWay' | 'stalled';

/** Returns the standing of a key. */
export function standingOf(accessKey: AccessKey): Standing {
  const stalled = accessKey.status?.conditions?.some(
    ({ type, status }) => type === 'Stalled' && status === 'True',
  );
  if (stalled) return 'stalled';
  return readyOf(accessKey)?.status === 'True' && isObserved(accessKey) ? 'works' : 'onItsWay';
}

/** True if the status speaks of the spec as it is now. */
export function isObserved({ metadata, status }: AccessKey): boolean {
  return status?.observedGeneration === metadata.generation;
}

/** Returns the label of a key; without one, its name. */
export function labelOf({ metadata, spec }: AccessKey): string {
  return spec.label ?? metadata.name;
}

/** Returns the Secret that holds the published pair, or the one that the spec names if there is none yet. */
export function publishedSecretOf(accessKey: AccessKey): string {
  return accessKey.status?.binding?.name ?? secretNameOf(accessKey);
}
