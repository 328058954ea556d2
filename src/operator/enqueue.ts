import type { Workqueue } from '../runtime/workqueue.ts';

/** The queues of the controllers. */
export interface Queues {
  readonly accessKeys: Workqueue;
  readonly objectStores: Workqueue;
  /** Stores whose users a sweep compares with the AccessKeys. */
  readonly sweeps: Workqueue;
}

/**
 * An entrance to the queues. It drops keys until this process leads, so that nothing piles up. The operator
 * queues all keys when it begins to lead.
 */
export interface Enqueue {
  accessKey(key: string, afterMs?: number): void;
  store(key: string): void;
  /** Queues a store whose number of keys may have changed, and nothing else. */
  count(storeKey: string, afterMs: number): void;
  sweep(key: string): void;
  /** Admits keys. */
  open(): void;
  isOpen(): boolean;
}

/**
 * Makes a closed entrance to the queues.
 * @param requestFullPass records that a store's next pass must do everything, not only count its keys
 */
export function createEnqueue(
  { accessKeys, objectStores, sweeps }: Queues,
  requestFullPass: (storeKey: string) => void,
): Enqueue {
  let open = false;
  return {
    accessKey(key, afterMs = 0) {
      if (open) accessKeys.addAfter(key, afterMs);
    },
    store(key) {
      requestFullPass(key);
      if (open) objectStores.add(key);
    },
    count(storeKey, afterMs) {
      if (open) objectStores.addAfter(storeKey, afterMs);
    },
    sweep(key) {
      if (open) sweeps.add(key);
    },
    open: () => {
      open = true;
    },
    isOpen: () => open,
  };
}
