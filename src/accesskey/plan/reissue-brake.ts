import type { Observed } from '../observe/observed.ts';
import { secretNameOf } from '../secret/facts.ts';
import { MAX_PREVIOUS_KEYS } from '../secret/previous-record.ts';
import type { Issue } from './current-pair.ts';
import { replacedKeys } from './replaced-keys.ts';
import { blocked, type Plan } from './step.ts';

/**
 * Returns the plan that waits, if somebody keeps changing or removing the Secret (rule 16). A new pair for
 * each change would end pairs in their grace, which applications still use. Returns undefined if the operator
 * may make a new pair now.
 */
export function waitToReissue(o: Observed, { damage, previous }: Issue): Plan | undefined {
  if (!damage) return undefined;
  const ends = replacedKeys(o, previous, undefined)
    .map(({ revokeAt }) => Date.parse(revokeAt))
    .filter((end) => end > o.now);
  const roomAt = ends.length > MAX_PREVIOUS_KEYS ? Math.min(...ends) : 0;
  const until = Math.max(o.reissueAfter[damage], roomAt);
  if (until <= o.now) return undefined;
  const writer = o.secret?.lastWriter;
  const by = writer === undefined ? '' : ` by field manager ${writer}`;
  const what = damage === 'removed' ? 'removed again' : `overwritten again${by}, and holds no pair in force`;
  return blocked(
    'SecretConflict',
    `Secret ${secretNameOf(o.accessKey)} was ${what}: the operator issues no other pair before ${new Date(until).toISOString()}; ` +
      'find and stop what changes the Secret; earlier pairs keep their grace',
  );
}
