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
  store(key: string, afterMs?: number): void;
  sweep(key: string): void;
  /** Admits keys. */
  open(): void;
  isOpen(): boolean;
}

/** Makes a closed entrance to the queues. */
export function createEnqueue({ accessKeys, objectStores, sweeps }: Queues): Enqueue {
  let open = false;
  return {
    accessKey(key, afterMs = 0) {
      if (open) accessKeys.addAfter(key, afterMs);
    },
    store(key, afterMs = 0) {
      if (open) objectStores.addAfter(key, afterMs);
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
