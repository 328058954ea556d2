import { StoreError } from '../../provider/errors.ts';
import type { Observed } from '../observe/observed.ts';
import { blocked, type Plan, type Step } from './step.ts';

/**
 * Returns the steps that create missing buckets. They come before all others, so the operator can plan the
 * rest again if the store refuses a bucket.
 */
export function createMissing({ buckets }: Observed): Step[] {
  return [...buckets].flatMap(([bucketName, { kind }]) =>
    kind === 'missing' ? [{ do: 'createBucket', bucketName, why: 'create: true asks for it' } as const] : [],
  );
}

/** True if the store may create a failed bucket on the next try. */
export function isWorthRetrying({ buckets }: Pick<Observed, 'buckets'>): boolean {
  return [...buckets.values()].some((found) => found.kind === 'failed' && found.transient);
}

/** Returns one sentence on why buckets that the key wants created may be missing; undefined if all exist. */
export function bucketTrouble({ buckets }: Pick<Observed, 'buckets'>): string | undefined {
  const failed = [...buckets.values()].filter((found) => found.kind === 'failed');
  const [first] = failed;
  if (!first) return undefined;
  const more = failed.length > 1 ? ` (and ${failed.length - 1} more)` : '';
  const remedy = first.transient
    ? 'the operator keeps trying'
    : "give the operator's user that right, or create the bucket yourself";
  return `${first.message}${more}; ${remedy}`;
}

/**
 * Returns the observation after the store refused to create a bucket. Returns undefined if the step's failure
 * is about more than that. If the store didn't answer, the operator doesn't ask for the other buckets either.
 */
export function afterFailure(o: Observed, step: Step | undefined, error: unknown): Observed | undefined {
  if (step?.do !== 'createBucket' || !(error instanceof StoreError)) return undefined;
  if (error.kind === 'aborted' || error.kind === 'fenced') return undefined;
  const transient = error.kind === 'unreachable' || error.kind === 'busy';
  const buckets = new Map(
    [...o.buckets].map(([name, found]) => {
      const failed = name === step.bucketName || (transient && found.kind === 'missing');
      return [name, failed ? ({ kind: 'failed', message: error.message, transient } as const) : found];
    }),
  );
  return { ...o, buckets };
}

/**
 * Returns the plan for a key whose buckets are missing. The operator publishes a key's first pair once they
 * exist, so that its reader can begin.
 */
export function withoutBuckets(trouble: string, steps: readonly Step[]): Plan {
  return { ...blocked('BucketNotCreated', `${trouble}. Until then, no pair is issued`), steps };
}
