/** The most Secrets that are watched one by one; the keys beyond are looked at by their timer. */
const MAX_WATCHES = 100;

/** Watches the Secrets whose names keys wait for: nothing else shows that a Secret of somebody else's has changed or gone. */
export interface TakenNames {
  /** Says which Secret a key waits for; undefined for none. */
  await(key: string, secret: { readonly namespace: string; readonly name: string } | undefined): void;
}

/**
 * Creates the watches, of which there are none while no key waits.
 * @param watch calls back when the Secret changes, and returns what ends the watch
 */
export function createTakenNames(
  watch: (namespace: string, name: string, onChange: () => void) => () => void,
  queue: (key: string) => void,
): TakenNames {
  const watched = new Map<string, { readonly name: string; readonly end: () => void }>();
  return {
    await(key, secret) {
      const current = watched.get(key);
      if (current?.name === secret?.name) return;
      current?.end();
      watched.delete(key);
      if (!secret || watched.size >= MAX_WATCHES) return;
      const end = watch(secret.namespace, secret.name, () => queue(key));
      watched.set(key, { name: secret.name, end });
    },
  };
}
