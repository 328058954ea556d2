import type { ObjectMeta } from './meta.ts';
import { API_VERSION } from './names.ts';

/** The kinds that Events are about. */
export type EventKind = 'AccessKey' | 'ClusterObjectStore' | 'ObjectStore' | 'Secret';

/** The object that an Event is about. The items of a list come without their kind, so it is said here. */
export function referenceTo(kind: EventKind, metadata: ObjectMeta) {
  const { name, namespace, uid } = metadata;
  return { apiVersion: kind === 'Secret' ? 'v1' : API_VERSION, kind, name, namespace, uid };
}
