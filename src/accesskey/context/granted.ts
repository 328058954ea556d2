import type { Access } from '../policy/access.ts';
import { evaluateGrants, maxAgeMs, type Verdict } from '../policy/grants.ts';
import type { Context } from './context.ts';
import type { KnownStore } from './stores.ts';

/** The access that a store's grants allow a namespace. */
export interface Granted {
  readonly evaluate: (access: Access) => Verdict;
  /** The maximum age of a pair by the grants, in ms; undefined if they set none. */
  readonly maxAgeMs: number | undefined;
}

/** Returns what a store's grants allow a namespace. A namespace that isn't in the cache has no labels. */
export function grantsOf(
  { namespaceCache }: Pick<Context, 'namespaceCache'>,
  { observed, grants }: KnownStore,
  namespace: string,
): Granted {
  const labels = namespaceCache.get(namespace)?.labels ?? {};
  const labelled = { name: namespace, labels };
  return {
    evaluate: (access) => evaluateGrants(observed.title, grants, labelled, access),
    maxAgeMs: maxAgeMs(grants, labelled),
  };
}
