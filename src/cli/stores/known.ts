/** The store that a key names, with everything that the operator's own rules read of it. */
import type { KnownStore } from '../../accesskey/context/stores.ts';
import type { NamespaceLabels } from '../../accesskey/policy/grants.ts';
import { isForbidden, isNotFound } from '../../kube/errors.ts';
import { observedBySpec } from '../../objectstore/observed-by-spec.ts';
import { ofClusterObjectStore, ofObjectStore, type StoreObject } from '../../objectstore/store-kinds.ts';
import type { ProviderTraits } from '../../provider/capabilities.ts';
import { IAM } from '../../provider/iam/traits.ts';
import { MINIO } from '../../provider/minio/traits.ts';
import type { PolicyForm } from '../../provider/policy.ts';
import { CliError } from '../shell/errors.ts';
import { EXIT } from '../shell/exit-codes.ts';
import type { Kubernetes } from '../shell/kubernetes.ts';
import { type StoreRef, storeNameOf } from '../shell/store-ref.ts';

const PROVIDERS: Readonly<Record<StoreObject['spec']['provider'], ProviderTraits>> = { MinIO: MINIO, IAM };

/**
 * Returns the form of a store's policies; of a store that the user may not read, that of the default
 * provider.
 */
export function formOf(store: StoreObject | undefined): PolicyForm {
  return PROVIDERS[store?.spec.provider ?? 'MinIO'].form;
}

/** Returns what a store's spec says, as the operator's own rules take it. */
export function knownBySpec(store: StoreObject): KnownStore {
  const { spec, status, metadata } = store;
  const { capabilities, ...traits } = PROVIDERS[spec.provider];
  const { maxPolicyBytes = capabilities.maxPolicyBytes } = status?.capabilities ?? {};
  const shown = { ...traits, capabilities: { ...capabilities, maxPolicyBytes } };
  return {
    observed: observedBySpec(store, status?.endpoint ?? spec.endpoint, undefined, shown),
    grants: spec.grants,
    deleting: metadata.deletionTimestamp !== undefined,
  };
}

/** Reads the store of that name. @throws CliError if there is none, KubeError if it may not be read */
export async function readStore(
  { clusterStores, namespacedStores }: Kubernetes,
  ref: StoreRef,
  namespace: string,
  signal?: AbortSignal,
): Promise<StoreObject> {
  try {
    return ref.kind === 'ObjectStore'
      ? ofObjectStore(await namespacedStores.get(ref.name, namespace, { signal }))
      : ofClusterObjectStore(await clusterStores.get(ref.name, undefined, { signal }));
  } catch (error) {
    if (!isNotFound(error)) throw error;
    throw new CliError(
      EXIT.notFound,
      `there is no ${storeNameOf(ref)}${ref.kind === 'ObjectStore' ? ` in namespace ${namespace}` : ''}`,
      'name another one with --store: kubectl get clusterobjectstores,objectstores lists them',
    );
  }
}

/** Reads it too; undefined if the user may not read it. */
export async function readStoreIfAllowed(
  ...args: Parameters<typeof readStore>
): Promise<StoreObject | undefined> {
  try {
    return await readStore(...args);
  } catch (error) {
    if (isForbidden(error)) return undefined;
    throw error;
  }
}

/**
 * Returns a namespace with its labels, by which grants select. If the user may not read it, it has no labels.
 */
export async function readNamespace(
  { namespaces }: Kubernetes,
  name: string,
  signal?: AbortSignal,
): Promise<NamespaceLabels & { readonly labelsKnown: boolean }> {
  try {
    const { metadata } = await namespaces.get(name, undefined, { signal });
    return { name, labels: metadata.labels ?? {}, labelsKnown: true };
  } catch (error) {
    if (isForbidden(error) || isNotFound(error)) return { name, labels: {}, labelsKnown: false };
    throw error;
  }
}
