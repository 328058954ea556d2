/** The facts that commands read of an AccessKey. The object may be new, and its status empty. */

import { secretNameOf } from '../../accesskey/secret/facts.ts';
import type { AccessKey } from '../../api/schema/accesskey.ts';

/** True if the status speaks of the spec as it is now. */
export function isObserved({ metadata, status }: AccessKey): boolean {
  return status?.observedGeneration === metadata.generation;
}

/** Returns the label of a key; without one, its name. */
export function labelOf({ metadata, spec }: AccessKey): string {
  return spec.label ?? metadata.name;
}

/** Returns the Secret that holds the pair now; the one that is asked for where none is published. */
export function publishedSecretOf(accessKey: AccessKey): string {
  return accessKey.status?.binding?.name ?? secretNameOf(accessKey);
}
