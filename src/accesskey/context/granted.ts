import type { Access } from '../policy/access.ts';
import { evaluateGrants, maxAgeMs, type Verdict } from '../policy/grants.ts';
import type { Context } from './context.ts';
import type { KnownStore } from './stores.ts';

/** What a store's grants say to a namespace. */
export interface Granted {
  readonly evaluate: (access: Access) => Verdict;
  /** The longest that a pair may live by them, in ms; undefined where they don't say. */
  readonly maxAgeMs: number | undefined;
}

/** Returns what a store's grants say to a namespace. One that the cache lacks has no labels. */
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
