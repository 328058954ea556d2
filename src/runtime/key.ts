/** The name and namespace that identify one object of a resource. */
export interface Named {
  readonly metadata: { readonly name: string; readonly namespace?: string | undefined };
}

/**
 * Returns the key of an object in queues and caches: "namespace/name", or "name" if it has no namespace.
 */
export function keyOf({ metadata: { name, namespace } }: Named): string {
  return keyFor(namespace, name);
}

/** Returns the key of the object with that name. */
export function keyFor(namespace: string | undefined, name: string): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

/** Splits a key into its parts. Kubernetes allows a slash in neither. */
export function splitKey(key: string): { name: string; namespace: string | undefined } {
  const slash = key.indexOf('/');
  if (slash < 0) return { name: key, namespace: undefined };
  return { name: key.slice(slash + 1), namespace: key.slice(0, slash) };
}
