/** Manifests as the objects that the API server would store. */
import type { NamespaceLabels } from '../../accesskey/policy/grants.ts';
import { API_VERSION } from '../../api/names.ts';
import type { AccessKey } from '../../api/schema/accesskey.ts';
import { ofClusterObjectStore, ofObjectStore, type StoreObject } from '../../objectstore/store-kinds.ts';
import { storeNameOf } from '../shell/store-ref.ts';
import { SCHEMAS, specOnly } from './kinds.ts';
import type { Manifest } from './manifests.ts';
import { faultsOf, withDefaults } from './schema.ts';

/** Returns an AccessKey as the API server would store it; undefined for another kind. */
export function accessKeyOf(
  { kind, apiVersion, object }: Manifest,
  namespace: string,
): AccessKey | undefined {
  if (kind !== 'AccessKey' || apiVersion !== API_VERSION) return undefined;
  const schema = SCHEMAS.get(kind)?.schema;
  const filled = schema === undefined ? object : (withDefaults(schema, object) as Record<string, unknown>);
  const { metadata } = object as { metadata?: object };
  return {
    ...filled,
    metadata: { namespace, uid: 'ACCESSKEY-UID', ...metadata },
    status: { observedGeneration: -1 },
  } as unknown as AccessKey;
}

/** Returns the stores among manifests, by `Kind/name`, an ObjectStore's with its namespace before it. */
export function storesIn(manifests: readonly Manifest[], namespace: string): Map<string, StoreObject> {
  const found = new Map<string, StoreObject>();
  for (const { kind, apiVersion, object } of manifests) {
    const schema = SCHEMAS.get(kind)?.schema;
    if (apiVersion !== API_VERSION || kind === 'AccessKey' || schema === undefined) continue;
    if (faultsOf(schema, specOnly(schema, object)).some(({ uncertain }) => !uncertain)) continue;
    const filled = withDefaults(schema, { ...object, status: {} }) as { metadata: { name: string } };
    const metadata = { namespace, ...filled.metadata };
    if (kind === 'ObjectStore')
      found.set(
        `${metadata.namespace} ${kind}/${metadata.name}`,
        ofObjectStore({ ...filled, metadata } as never),
      );
    else found.set(`${kind}/${metadata.name}`, ofClusterObjectStore(filled as never));
  }
  return found;
}

/** Returns the store that a key names, among those. */
export function storeFor(
  { metadata, spec }: AccessKey,
  stores: ReadonlyMap<string, StoreObject>,
): StoreObject | undefined {
  const name = storeNameOf(spec.storeRef);
  return stores.get(spec.storeRef.kind === 'ObjectStore' ? `${metadata.namespace} ${name}` : name);
}

/** Returns the namespaces among manifests, with their labels. */
export function namespacesIn(manifests: readonly Manifest[]): Map<string, NamespaceLabels> {
  const found = manifests
    .filter(({ kind, apiVersion }) => kind === 'Namespace' && apiVersion === 'v1')
    .map(({ object }) => object['metadata'] as { name: string; labels?: Record<string, string> });
  return new Map(found.map(({ name, labels = {} }) => [name, { name, labels }]));
}
