import type { AccessKey } from '../../api/schema/accesskey.ts';
import { askedVerdict } from '../policy/desired-policy.ts';
import type { NamespaceGrants, Verdict } from '../policy/grants.ts';
import type { Context } from './context.ts';
import { grantsTo, type KnownStore } from './stores.ts';

type Caches = Pick<Context, 'namespaceCache'>;

/** Returns a store's grants for a namespace. A namespace that isn't in the cache has no labels. */
export function grantsOf({ namespaceCache }: Caches, store: KnownStore, namespace: string): NamespaceGrants {
  const labels = namespaceCache.get(namespace)?.labels ?? {};
  return grantsTo(store, { name: namespace, labels });
}

/** Returns what a store's grants say to everything that an AccessKey asks for. */
export function verdictOf(ctx: Caches, store: KnownStore, accessKey: AccessKey): Verdict {
  return askedVerdict(accessKey, grantsOf(ctx, store, accessKey.metadata.namespace));
}
