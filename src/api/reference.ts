import type { ObjectMeta } from './meta.ts';
import { API_VERSION } from './names.ts';

/** The object that an Event is about. The items of a list come without their kind, so it is said here. */
export function referenceTo(kind: 'AccessKey' | 'ClusterObjectStore', metadata: ObjectMeta) {
  const { name, namespace, uid } = metadata;
  return { apiVersion: API_VERSION, kind, name, namespace, uid };
}
