import type { Observed } from '../observe/observed.ts';
import { blockLatePublish } from './block-late-publish.ts';
import { removeInherited } from './removals.ts';
import { blocked, type Plan } from './step.ts';

/**
 * Plans for a policy that an earlier AccessKey of this name left with more users than one pass removes. They
 * go first: a name used again inherits nothing (rule 2).
 * @param more the number of users that stay for the next passes
 */
export function planInheritance(o: Observed, more: number): Plan {
  const removals = removeInherited(o);
  return {
    ...blocked(
      'Issuing',
      `${removals.length + more} users of an earlier AccessKey of this name are being removed from the store first`,
    ),
    steps: [...blockLatePublish(o, removals), ...removals],
  };
}
