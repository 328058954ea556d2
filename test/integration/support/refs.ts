/** Names the objects that tests of the running operator speak of. */
import { API_VERSION } from '../../../src/api/names.ts';
import type { Ref } from '../../bed/api.ts';

/** Names one object of a namespace. */
export interface NamespacedRef extends Ref {
  readonly metadata: { readonly name: string; readonly namespace: string };
}

export function accessKeyRef(namespace: string, name: string): NamespacedRef {
  return { apiVersion: API_VERSION, kind: 'AccessKey', metadata: { namespace, name } };
}

export function secretRef(namespace: string, name: string): NamespacedRef {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name } };
}

export function storeRef(name: string): Ref {
  return { apiVersion: API_VERSION, kind: 'ClusterObjectStore', metadata: { name } };
}

export function objectStoreRef(namespace: string, name: string): NamespacedRef {
  return { apiVersion: API_VERSION, kind: 'ObjectStore', metadata: { namespace, name } };
}

export function namespaceRef(name: string): Ref {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
}

/** The Secret of an AccessKey that names none. */
export function secretOf({ metadata: { namespace, name } }: NamespacedRef): NamespacedRef {
  return secretRef(namespace, name);
}
