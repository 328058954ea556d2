import { type LookupAddress, type LookupAllOptions, lookup as resolveHost } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { createFairMutex, type FairMutex } from './fair-mutex.ts';

type Resolve = (hostname: string, options: LookupAllOptions) => Promise<LookupAddress[]>;

/**
 * Makes lookups of host names in which each owner has one at a time. The system's resolver blocks a thread
 * until the name's servers answer, and the process has few threads. One owner with hanging name servers would
 * otherwise leave none to the others.
 */
export function createLookups(resolve: Resolve): (owner: string) => LookupFunction {
  const mutexOf = new Map<string, { readonly mutex: FairMutex; open: number }>();

  async function inTurn<T>(owner: string, work: () => Promise<T>): Promise<T> {
    const entry = mutexOf.get(owner) ?? { mutex: createFairMutex(), open: 0 };
    mutexOf.set(owner, entry);
    entry.open += 1;
    try {
      return await entry.mutex.run(owner, work);
    } finally {
      entry.open -= 1;
      if (entry.open === 0) mutexOf.delete(owner);
    }
  }

  return (owner) => {
    /** Simultaneous connections to one host share one lookup. */
    const asked = new Map<string, Promise<LookupAddress[]>>();

    function addressesOf(hostname: string, options: LookupAllOptions): Promise<LookupAddress[]> {
      const question = JSON.stringify([hostname, options]);
      const answer = asked.get(question) ?? inTurn(owner, () => resolve(hostname, options));
      asked.set(question, answer);
      const forget = () => asked.delete(question);
      answer.then(forget, forget);
      return answer;
    }

    return (hostname, options, callback) => {
      addressesOf(hostname, { ...options, all: true }).then(
        (addresses) => {
          const [first] = addresses;
          if (options.all) callback(null, addresses);
          else callback(null, first?.address ?? '', first?.family);
        },
        (error: NodeJS.ErrnoException) => callback(error, ''),
      );
    };
  };
}

/** Looks up host names for the connections of an owner. All stores of the process share these lookups. */
export const lookupFor = createLookups(
  (hostname, options) =>
    new Promise((resolve, reject) => {
      resolveHost(hostname, options, (error, addresses) => (error ? reject(error) : resolve(addresses)));
    }),
);
