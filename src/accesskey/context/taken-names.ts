/**
 * The maximum number of Secrets that the operator watches one by one. Keys beyond it recheck by their timer.
 */
const MAX_WATCHES = 100;

/**
 * The watches of Secrets whose names keys wait for. Nothing else shows that another owner's Secret has
 * changed or gone.
 */
export interface TakenNames {
  /** Watches the Secret whose name a key waits for, instead of an earlier one; undefined ends its wait. */
  watchFor(key: string, secret: { readonly namespace: string; readonly name: string } | undefined): void;
  /** Ends every watch. */
  close(): void;
}

/**
 * Makes the watches. None is open while no key waits.
 * @param watch calls back when the Secret changes, and returns a function that ends the watch
 */
export function createTakenNames(
  watch: (namespace: string, name: string, onChange: () => void) => () => void,
  queue: (key: string) => void,
): TakenNames {
  const watched = new Map<string, { readonly name: string; readonly end: () => void }>();
  return {
    watchFor(key, secret) {
      const current = watched.get(key);
      if (current?.name === secret?.name) return;
      current?.end();
      watched.delete(key);
      if (!secret || watched.size >= MAX_WATCHES) return;
      const end = watch(secret.namespace, secret.name, () => queue(key));
      watched.set(key, { name: secret.name, end });
    },
    close() {
      for (const { end } of watched.values()) end();
      watched.clear();
    },
  };
}
