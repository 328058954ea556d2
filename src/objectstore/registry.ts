import type { Stores } from '../accesskey/stores.ts';
import type { StoreRef } from '../api/accesskey.ts';
import { createEntry, type Entry } from './entry.ts';

/** The stores that this process knows, by name. */
export interface Registry extends Stores {
  /** The entry of that name, made if there is none. */
  entry(name: string): Entry;
  get(name: string): Entry | undefined;
  remove(name: string): void;
  names(): Iterable<string>;
}

/** @param exists whether there is an object of that name; @param queueStore has its reconcile look at it */
export function createRegistry(
  exists: (name: string) => boolean,
  queueStore: (name: string) => void,
): Registry {
  const entries = new Map<string, Entry>();
  function entry(name: string): Entry {
    const known = entries.get(name) ?? createEntry();
    entries.set(name, known);
    return known;
  }
  return {
    entry,
    get: (name) => entries.get(name),
    remove: (name) => void entries.delete(name),
    names: () => entries.keys(),
    view({ name }: StoreRef) {
      return exists(name) ? (entries.get(name)?.view ?? { kind: 'pending' }) : { kind: 'missing' };
    },
    reportFault({ name }: StoreRef) {
      queueStore(name);
    },
    swept({ name }: StoreRef, signal: AbortSignal): Promise<void> {
      const known = entry(name);
      if (known.sweptAt !== undefined) return Promise.resolve();
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const onAbort = () => reject(signal.reason);
      signal.addEventListener('abort', onAbort, { once: true });
      known.waiting.add(resolve);
      return promise.finally(() => {
        signal.removeEventListener('abort', onAbort);
        known.waiting.delete(resolve);
      });
    },
  };
}
