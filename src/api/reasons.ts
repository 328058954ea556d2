/** The condition types of this API: kstatus' three (sigs.k8s.io/cli-utils, pkg/kstatus). */
export const ConditionType = {
  /** Whether the object's purpose is fulfilled: a pair that works is published; a store can be used. */
  Ready: 'Ready',
  /** There while something is on its way, and it goes on by itself. */
  Reconciling: 'Reconciling',
  /** There while nothing goes on until somebody changes something. */
  Stalled: 'Stalled',
} as const;
export type ConditionType = (typeof ConditionType)[keyof typeof ConditionType];

/** The reasons of an AccessKey's Ready condition: for each, one thing for its reader to do. */
export const Reason = {
  /** Ready: the Secret holds a pair that the store takes. Nothing to do. */
  Issued: 'Issued',
  /** No pair is published yet. Wait. */
  Issuing: 'Issuing',
  /** No store of the name in storeRef. Create it, or make the key anew with the right name. */
  StoreNotFound: 'StoreNotFound',
  /** The store isn't ready. Look at its conditions. */
  StoreNotReady: 'StoreNotReady',
  /** The key asks for more than its namespace is granted. Ask for less, or have the store's grants widened. */
  GrantDenied: 'GrantDenied',
  /** The Secret's name is taken by somebody else's Secret. Choose another secretName, or remove that Secret. */
  SecretConflict: 'SecretConflict',
  /** The API server refused the Secret. Look at the namespace's quota and admission policies. */
  SecretRejected: 'SecretRejected',
  /** The user to take over can't be taken over. Do what the message says. */
  ImportRefused: 'ImportRefused',
  /** The store doesn't answer. Look at the store and the network between; the operator keeps trying. */
  StoreUnreachable: 'StoreUnreachable',
  /** The store answered and refused. Look at the operator's credentials and rights there. */
  StoreRejected: 'StoreRejected',
  /** Somebody else's user, policy or group is in the way. Detach or remove in the store what the message names. */
  StoreConflict: 'StoreConflict',
  /** The store took the pair and then didn't let it in. Look at the store. */
  NotVerified: 'NotVerified',
  /** The policy is larger than the store takes. Name fewer buckets or prefixes. */
  PolicyTooLarge: 'PolicyTooLarge',
  /** The spec disables the key. Enable it there. */
  Disabled: 'Disabled',
  /** Somebody disabled the user in the store. Find out why before enabling it there. */
  DisabledInStore: 'DisabledInStore',
  /** The key's time is over. Give it a later one, or delete it. */
  Expired: 'Expired',
  /** The annotation pauses the key. Remove it. */
  Paused: 'Paused',
  /** The operator's clock and the API server's differ. Set them right. */
  ClockSkew: 'ClockSkew',
  /** The key is being revoked; the message says what that waits for. */
  Deleting: 'Deleting',
} as const;
export type Reason = (typeof Reason)[keyof typeof Reason];
