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
  Issued: { means: 'The Secret holds a pair that the store takes.', remedy: 'Nothing.' },
  Issuing: { beside: 'Reconciling', means: 'No pair is published yet.', remedy: 'Wait.' },
  StoreNotFound: {
    beside: 'Reconciling',
    means: 'There is no store of the name in `storeRef`.',
    remedy: 'Create it, or make the key anew with the right name.',
  },
  StoreNotReady: {
    beside: 'Reconciling',
    means: "The store can't be used.",
    remedy: 'Look at its conditions.',
  },
  GrantDenied: {
    beside: 'Stalled',
    means: 'The key asks for more than its namespace is granted. What was granted before stays in force.',
    remedy: "Ask for less, or have the store's grants widened.",
  },
  SecretConflict: {
    beside: 'Stalled',
    means:
      "The Secret's name is taken by somebody else's Secret, or somebody keeps overwriting or removing it.",
    remedy: 'Choose another `secretName`, or remove that Secret, or stop what changes it.',
  },
  SecretRejected: {
    beside: 'Reconciling',
    means: 'The API server refused the Secret, or its template cannot be filled in.',
    remedy: "Do what the message says; look at the namespace's quota and admission policies.",
  },
  SecretNotAllowed: {
    beside: 'Stalled',
    means:
      "The Secret's name, or a label, annotation or key of `secretTemplate`, is not allowed. A pair in force works on, in a Secret without it.",
    remedy: "Remove what the message names, or have the operator's administrator allow it.",
  },
  ImportRefused: {
    beside: 'Stalled',
    means: "The user of the pair that `importFrom` names can't be taken over.",
    remedy: 'Do what the message says.',
  },
  StoreUnreachable: {
    beside: 'Reconciling',
    means: "The store doesn't answer.",
    remedy: 'Look at the store and the network between; the operator keeps trying.',
  },
  StoreRejected: {
    beside: 'Stalled',
    means: 'The store answered and refused.',
    remedy: "Look at the operator's credentials and rights there.",
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
    means: "The store took the pair and then didn't let it in.",
    remedy: 'Look at the store.',
  },
  PolicyTooLarge: {
    beside: 'Stalled',
    means: 'The policy is larger than the store takes.',
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
    remedy: 'Find out why before enabling it there.',
  },
  Expired: {
    beside: 'Stalled',
    means: "The key's time is over, and it is revoked.",
    remedy: 'Give it a later `expiresAt`, or delete it.',
  },
  Paused: {
    beside: 'Stalled',
    means: 'The annotation pauses the key.',
    remedy: 'Remove it to go on.',
  },
  KubernetesRefused: {
    beside: 'Reconciling',
    means: 'The API server refuses what the operator has to read or write for the key.',
    remedy: 'Do what the message says: it names the right, the admission policy, the webhook or the quota.',
  },
  ClockSkew: {
    beside: 'Reconciling',
    means: "The operator's clock and the API server's differ.",
    remedy: 'Set them right.',
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
