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
export const READY = ConditionType.Ready;

/** An object with conditions, as far as it has a status. */
interface WithConditions<Condition> {
  readonly status?: { readonly conditions?: readonly Condition[] | undefined } | undefined;
}

/** Returns the Ready condition of an object; undefined if it has none yet. */
export function readyOf<Condition extends { readonly type: string }>({
  status,
}: WithConditions<Condition>): Condition | undefined {
  return status?.conditions?.find(({ type }) => type === READY);
}
