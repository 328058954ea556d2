import type { PolicyForm } from './policy.ts';

/** The ways in which kinds of stores differ, as data that plans follow from. */
export interface Capabilities {
  /**
   * True if the operator chooses ids and secrets. It can then make a lost user again with its pair. Otherwise
   * the store chooses them and shows a secret once, so that only a new pair replaces a lost one.
   */
  readonly choosesPairs: boolean;
  /** True if the operator can take over a user that somebody else made (`spec.importFrom`). */
  readonly importsUsers: boolean;
  /** The longest policy that the store takes, in bytes as the operator sends it. */
  readonly maxPolicyBytes: number;
  /**
   * True if a key that may create a bucket may also reset an existing one. A reset clears the bucket's
   * policy, versioning, object lock, lifecycle and tags.
   */
  readonly creatingResets: boolean;
}

/** The facts about a kind of store that hold without asking one. */
export interface ProviderTraits {
  readonly capabilities: Capabilities;
  /** The form in which it keeps policies. */
  readonly form: PolicyForm;
}
