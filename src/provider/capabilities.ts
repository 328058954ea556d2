import type { ActionTable } from './actions.ts';

/** The ways in which kinds of stores differ, as data that plans follow from. */
export interface Capabilities {
  /**
   * True if the operator chooses ids and secrets. It can then make a lost user again with its pair. Otherwise
   * the store chooses them and shows a secret once, so that only a new pair replaces a lost one.
   */
  readonly choosesPairs: boolean;
  /** True if the operator can take over a user that somebody else made (`spec.importFrom`). */
  readonly importsUsers: boolean;
}

/** The facts about a kind of store that hold without asking one. */
export interface ProviderTraits {
  readonly capabilities: Capabilities;
  readonly actions: ActionTable;
}
