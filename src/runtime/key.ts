/** What tells one object of a resource from the others. */
export interface Named {
  readonly metadata: { readonly name: string; readonly namespace?: string | undefined };
}

/** The key of an object in queues and caches: "namespace/name", or "name" where it has no namespace. */
export function keyOf({ metadata: { name, namespace } }: Named): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

/** Takes a key of `keyOf` apart again. Neither part can hold a slash in Kubernetes. */
export function splitKey(key: string): { name: string; namespace: string | undefined } {
  const slash = key.indexOf('/');
  if (slash < 0) return { name: key, namespace: undefined };
  return { name: key.slice(slash + 1), namespace: key.slice(0, slash) };
}
