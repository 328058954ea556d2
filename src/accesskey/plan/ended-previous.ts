import type { EndCause } from '../../api/end-causes.ts';
import { wholeSeconds } from '../../api/time.ts';
import type { LastUse } from '../../provider/provider.ts';
import type { Observed } from '../observe/observed.ts';
import { MAX_PREVIOUS_KEYS, previousKeysOf } from '../secret/previous-record.ts';
import type { Step } from './step.ts';

/** A previous key whose user the operator removed. */
interface EndedPrevious {
  readonly accessKeyId: string;
  readonly cause: EndCause;
}

/**
 * Returns the previous keys that these steps ended. A pair that the same steps replaced counts too: with a
 * grace period of 0s it never becomes a previous key.
 */
export function endedPrevious(o: Observed, done: readonly Step[]): EndedPrevious[] {
  const replaces = done.some((step) => step.do === 'publish');
  const current = [o.accessKey.status.accessKeyId, o.secret?.facts.accessKeyId];
  const recorded = [
    ...(o.accessKey.status.previousKeys ?? []),
    ...(o.secret ? previousKeysOf(o.secret.facts) : []),
  ];
  const ends = new Map(recorded.map((key) => [key.accessKeyId, Date.parse(key.revokeAt)]));
  return done.flatMap((step) => {
    if (step.do !== 'removeUser') return [];
    const { accessKeyId } = step;
    const end = ends.get(accessKeyId) ?? (replaces && current.includes(accessKeyId) ? o.now : undefined);
    return end === undefined ? [] : [{ accessKeyId, cause: end > o.now ? 'early' : 'grace_over' }];
  });
}

/** Returns the text of the Event on the end of a previous key, with its last use if the store tells that. */
export function endedPreviousNote(
  { accessKeyId, cause }: EndedPrevious,
  lastUse: LastUse = 'unknown',
): string {
  const end =
    cause === 'grace_over'
      ? `revoked previous access key ${accessKeyId}: its grace period is over`
      : `revoked previous access key ${accessKeyId} before its grace period was over: a key has at most ${MAX_PREVIOUS_KEYS} previous keys, and no pair outlives the maxAge of the store's grants`;
  return `${end}${lastUseText(lastUse)}`;
}

function lastUseText(lastUse: LastUse): string {
  if (lastUse === 'unknown') return '';
  return lastUse === 'never' ? '; it was never used' : `; it was last used at ${wholeSeconds(lastUse)}`;
}
