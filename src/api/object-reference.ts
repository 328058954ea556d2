import type { ObjectMeta } from './meta.ts';
import { API_VERSION } from './names.ts';

/** The kinds of objects that Events are about. */
export type EventKind = 'AccessKey' | 'ClusterObjectStore' | 'ObjectStore' | 'Secret';

/**
 * Returns the reference of an Event to its object. The items of a list come without their kind, so the caller
 * names it.
 */
export function referenceTo(kind: EventKind, metadata: ObjectMeta) {
  const { name, namespace, uid } = metadata;
  return { apiVersion: kind === 'Secret' ? 'v1' : API_VERSION, kind, name, namespace, uid };
}
