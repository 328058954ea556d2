import type { Workqueue } from '../runtime/workqueue.ts';

/** The keys that wait to be reconciled. */
export interface Queues {
  readonly accessKeys: Workqueue;
  readonly objectStores: Workqueue;
  /** Stores whose users are to be compared with the AccessKeys. */
  readonly sweeps: Workqueue;
}

/**
 * Puts keys into the queues. Until this process leads it drops them, so that nothing piles up: all of them are queued when
 * it does.
 */
export interface Enqueue {
  accessKey(key: string): void;
  store(key: string, afterMs?: number): void;
  sweep(key: string): void;
  /** Lets keys in from now on. */
  open(): void;
  isOpen(): boolean;
}

/** Makes what puts keys into the queues, closed. */
export function createEnqueue({ accessKeys, objectStores, sweeps }: Queues): Enqueue {
  let open = false;
  return {
    accessKey(key) {
      if (open) accessKeys.add(key);
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
