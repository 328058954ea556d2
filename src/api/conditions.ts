import { isDeepStrictEqual } from 'node:util';
import { wholeSeconds } from './time.ts';

/** The condition types of this API: the three of kstatus (sigs.k8s.io/cli-utils, pkg/kstatus). */
const ConditionType = {
  /** True if the object fulfills its purpose: a working pair is published, or a store is usable. */
  Ready: 'Ready',
  /** Present while the operator still works on the object or waits without need of anybody's help. */
  Reconciling: 'Reconciling',
  /** Present while nothing continues until somebody changes something. */
  Stalled: 'Stalled',
} as const;
/** One of the condition types. */
export type ConditionType = (typeof ConditionType)[keyof typeof ConditionType];

/** The type of the condition that says whether an object fulfills its purpose. */
const READY = ConditionType.Ready;

/** An object with conditions, as far as it has a status. */
interface WithConditions<Condition> {
  readonly status?: { readonly conditions?: readonly Condition[] | undefined } | undefined;
}

/** One condition of a status. */
interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly lastTransitionTime: string;
}

/** The content of the conditions to write. All of them say the same. */
export interface ConditionContent {
  readonly isReady: boolean;
  /** The condition that is True beside Ready, if there is one. */
  readonly beside: Exclude<ConditionType, 'Ready'> | undefined;
  readonly reason: string;
  readonly message: string;
  readonly observedGeneration: number;
}

/**
 * Returns the conditions after those of `before`. A condition whose status stays keeps its transition time.
 * @param now in ms since 1970
 */
export function conditionsAfter(
  before: readonly Condition[] | undefined,
  { isReady, beside, ...content }: ConditionContent,
  now: number,
) {
  return [READY, ...(beside ? [beside] : [])].map((type) => {
    const status = type === READY && !isReady ? ('False' as const) : ('True' as const);
    const known = before?.find((condition) => condition.type === type);
    const lastTransitionTime = known?.status === status ? known.lastTransitionTime : wholeSeconds(now);
    return { type, status, ...content, lastTransitionTime };
  });
}

/** Returns the merge patch that turns one status into another; undefined if they are equal. */
export function statusPatch(before: object | undefined, after: object): object | undefined {
  if (isDeepStrictEqual(before, after)) return undefined;
  const gone = Object.keys(before ?? {}).filter((key) => !(key in after));
  return { ...after, ...Object.fromEntries(gone.map((key) => [key, null])) };
}

/** Returns the Ready condition of an object; undefined if it has none yet. */
export function readyOf<Condition extends { readonly type: string }>({
  status,
}: WithConditions<Condition>): Condition | undefined {
  return status?.conditions?.find(({ type }) => type === READY);
}
