import type { Reason } from '../../api/reasons.ts';
import type { Policy } from '../../provider/policy.ts';
import type { Pair } from '../../provider/provider.ts';
import type { ObservedSecret } from '../observe/observed.ts';
import type { Publication } from '../secret/publication.ts';
import type { InForce } from '../status/status.ts';

/** One small, idempotent act, with its reason. */
export type Step = { readonly why: string } & (
  | { readonly do: 'removeUser'; readonly accessKeyId: string }
  | { readonly do: 'createBucket'; readonly bucketName: string }
  | { readonly do: 'writePolicy'; readonly policy: Policy }
  | { readonly do: 'setUserEnabled'; readonly accessKeyId: string; readonly enabled: boolean }
  | {
      readonly do: 'tryPublish' | 'publish';
      readonly publication: Publication;
      readonly over: ObservedSecret | undefined;
    }
  | { readonly do: 'blockLatePublish'; readonly secret: ObservedSecret; readonly digest: string }
  | { readonly do: 'putUser'; readonly pair: Pair }
  | { readonly do: 'attachPolicy'; readonly accessKeyId: string; readonly policy: Policy }
  | { readonly do: 'prove'; readonly pair: Pair }
  | { readonly do: 'revokeSessions'; readonly accessKeyId: string }
  | { readonly do: 'removeSecret'; readonly secret: ObservedSecret }
);

/** An Event that tells a person what the steps did, once they are done. */
interface PlannedEvent {
  readonly reason: string;
  readonly action: string;
  readonly note: string;
}

/** The steps of a pass, and the status that follows them. */
export interface Plan {
  readonly steps: readonly Step[];
  /** The reason of the Ready condition after the steps, and its message. */
  readonly reason: Reason;
  readonly message: string;
  /** The access in force after the steps. Absent if the plan doesn't change it; null if it ends it. */
  readonly inForce?: InForce | null;
  readonly event?: PlannedEvent;
  /** True if the new pair answers a change or removal of the published Secret. */
  readonly answersDamage?: boolean;
}

/** Returns a plan that does nothing, with its reason. */
export function blocked(reason: Reason, message: string): Plan {
  return { steps: [], reason, message };
}

/** The acts on users that may run at the same time, in any order. */
const CONCURRENT: ReadonlySet<Step['do']> = new Set<Step['do']>(['removeUser', 'setUserEnabled']);

/** Divides the steps, in their order, into batches whose steps may run at the same time. */
export function inBatches(steps: readonly Step[]): (readonly [Step, ...Step[]])[] {
  const batches: [Step, ...Step[]][] = [];
  for (const step of steps) {
    const last = batches.at(-1);
    if (last && last[0].do === step.do && CONCURRENT.has(step.do)) last.push(step);
    else batches.push([step]);
  }
  return batches;
}
