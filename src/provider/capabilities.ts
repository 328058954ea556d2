import type { PolicyForm } from './policy.ts';

/** A field of an AccessKey that not every kind of store can honor. */
export type OptionalField = 'importFrom' | 'prefixes' | 'deletion: false' | 'create' | 'limited: false';

/** The ways in which kinds of stores differ, as data that plans follow from. */
export interface Capabilities {
  /**
   * True if the operator chooses ids and secrets. Otherwise the store chooses them and shows a secret once.
   */
  readonly choosesPairs: boolean;
  /** True if the operator can make a lost user again with its pair. Otherwise a new pair replaces it. */
  readonly restoresPairs: boolean;
  /**
   * - `Named`: all users of an AccessKey share one policy, so that an edit is one write
   * - `Inline`: each user has its own, and an edit writes each
   */
  readonly policies: 'Named' | 'Inline';
  /** The longest policy that the store takes, in bytes as the operator sends it. */
  readonly maxPolicyBytes: number;
  /** The most users that the store takes before somebody raises its limit; undefined if it has no limit. */
  readonly maxUsers: number | undefined;
  /** The fields of an AccessKey that the store can't honor. A key that has one says `NotSupported`. */
  readonly notSupported: readonly OptionalField[];
  /** True if a key may list the names of all buckets. Otherwise it sees those that it may use. */
  readonly listsBuckets: boolean;
  /** True if a key can be kept from writing the settings of a bucket to which it writes. */
  readonly separatesSettings: boolean;
  /** True if a key can make sessions, which the operator has to end with the key. */
  readonly makesSessions: boolean;
  /** True if the store tells when a pair was last used. */
  readonly tellsLastUse: boolean;
  /**
   * True if a key that may create a bucket may also reset an existing one. A reset clears the bucket's
   * policy, versioning, object lock, lifecycle and tags.
   */
  readonly creatingResets: boolean;
  /** The longest time until a change is true everywhere in the store, in ms; 0 if it is with the answer. */
  readonly settlesWithinMs: number;
}

/** The facts about a kind of store that hold without asking one. */
export interface ProviderTraits {
  /** The capabilities of each store of the kind. A store may show that it can do more. */
  readonly capabilities: Capabilities;
  /** The form in which it keeps policies. */
  readonly form: PolicyForm;
  /**
   * Returns the name of the user with that policy and access key id, as the store's tools show it.
   * @param path the path of the store's users, for providers that have paths
   */
  readonly userName: (policyName: string, accessKeyId: string, path: string) => string;
}
