import type { ConditionType } from './conditions.ts';

/** The meaning of a reason for its reader. The generator makes docs/reference.md of it. */
interface ReasonText {
  /** The condition that is True beside Ready=False. */
  readonly beside?: Exclude<ConditionType, 'Ready'>;
  readonly means: string;
  readonly remedy: string;
}

/**
 * The reasons of an AccessKey's Ready condition. Each tells its reader one thing to do. Ready is True only
 * for Issued.
 */
export const REASONS = {
  Issued: { means: 'The Secret holds a pair that the store accepts.', remedy: 'Nothing.' },
  Issuing: { beside: 'Reconciling', means: 'No pair is published yet.', remedy: 'Wait.' },
  StoreNotFound: {
    beside: 'Reconciling',
    means: 'There is no store with the name in `storeRef`.',
    remedy: 'Create it, or recreate the key with the right name.',
  },
  StoreNotReady: {
    beside: 'Reconciling',
    means: "The store can't be used.",
    remedy: 'Read its conditions.',
  },
  GrantDenied: {
    beside: 'Stalled',
    means: 'The key asks for more than its namespace is granted. What was granted before stays in force.',
    remedy: "Ask for less, or ask the store's administrator for a wider grant.",
  },
  SecretConflict: {
    beside: 'Stalled',
    means: "Somebody else's Secret has the name, or somebody keeps overwriting or removing the Secret.",
    remedy: 'Choose another `secretName`, remove that Secret, or stop what changes it.',
  },
  SecretRejected: {
    beside: 'Reconciling',
    means: 'The API server refused the Secret, or the operator cannot fill in its template.',
    remedy: "Do what the message says; check the namespace's quota and admission policies.",
  },
  SecretNotAllowed: {
    beside: 'Stalled',
    means:
      "The Secret's name, or a label, annotation or key of `secretTemplate`, is not allowed. A pair in force still works, in a Secret without it.",
    remedy: "Remove what the message names, or ask the operator's administrator to allow it.",
  },
  NotSupported: {
    beside: 'Stalled',
    means: "The key asks for what its kind of store can't do. The message names the field.",
    remedy: 'Leave the field out, or use another store.',
  },
  ImportRefused: {
    beside: 'Stalled',
    means: "The operator can't take over the user of the pair that `importFrom` names.",
    remedy: 'Do what the message says.',
  },
  StoreUnreachable: {
    beside: 'Reconciling',
    means: "The store doesn't answer.",
    remedy: 'Check the store and the network in between; the operator keeps trying.',
  },
  StoreRejected: {
    beside: 'Stalled',
    means: 'The store answered and refused.',
    remedy: "Check the operator's credentials and rights in the store.",
  },
  BucketNotCreated: {
    beside: 'Stalled',
    means:
      'A bucket with `create: true` could not be created, or the store does not say whether it is there.',
    remedy: "Give the operator's user the right that the message names, or create the bucket yourself.",
  },
  StoreConflict: {
    beside: 'Stalled',
    means: "Somebody else's user, policy or group is in the way.",
    remedy: 'Detach or remove in the store what the message names.',
  },
  NotVerified: {
    beside: 'Reconciling',
    means: 'The store accepted the pair, and then refused a request signed with it.',
    remedy: 'Check the store.',
  },
  PolicyTooLarge: {
    beside: 'Stalled',
    means: 'The policy is larger than the store accepts.',
    remedy: 'Name fewer buckets or prefixes.',
  },
  Disabled: {
    beside: 'Stalled',
    means: 'The spec disables the key.',
    remedy: 'Set `disabled` to false to enable it.',
  },
  DisabledInStore: {
    beside: 'Stalled',
    means: 'Somebody disabled the user in the store.',
    remedy: 'Find out why before you enable it there.',
  },
  Expired: {
    beside: 'Stalled',
    means: 'The key has expired and is revoked.',
    remedy: 'Set a later `expiresAt`, or delete the key.',
  },
  Paused: {
    beside: 'Stalled',
    means: 'An annotation pauses the key.',
    remedy: 'Remove the annotation to continue.',
  },
  KubernetesRefused: {
    beside: 'Reconciling',
    means: 'The API server refuses something that the operator must read or write for the key.',
    remedy: 'Do what the message says: it names the right, the admission policy, the webhook or the quota.',
  },
  ClockSkew: {
    beside: 'Reconciling',
    means: 'The clocks of the operator and the API server differ.',
    remedy: 'Correct them.',
  },
  Deleting: {
    beside: 'Reconciling',
    means: 'The key is being revoked.',
    remedy: 'Wait for what the message says.',
  },
} as const satisfies Readonly<Record<string, ReasonText>>;

/** A reason of the Ready condition. */
export type Reason = keyof typeof REASONS;

/** Returns the condition that is True beside Ready=False with that reason, or undefined if Ready is True. */
export function conditionBeside(reason: Reason): ReasonText['beside'] {
  const text: ReasonText = REASONS[reason];
  return text.beside;
}
