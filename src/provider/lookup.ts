import { type LookupAddress, type LookupAllOptions, lookup as resolveHost } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { createTurns, type Turns } from './one-at-a-time.ts';

type Resolve = (hostname: string, options: LookupAllOptions) => Promise<LookupAddress[]>;

/**
 * Makes lookups of host names in which each owner has one at a time. The system's resolver blocks a thread
 * until the name's servers answer, and the process has few threads. One owner with hanging name servers would
 * otherwise leave none to the others.
 */
export function createLookups(resolve: Resolve): (owner: string) => LookupFunction {
  const turnsOf = new Map<string, { readonly turns: Turns; open: number }>();

  async function inTurn<T>(owner: string, work: () => Promise<T>): Promise<T> {
    const held = turnsOf.get(owner) ?? { turns: createTurns(), open: 0 };
    turnsOf.set(owner, held);
    held.open += 1;
    try {
      return await held.turns.take(owner, work);
    } finally {
      held.open -= 1;
      if (held.open === 0) turnsOf.delete(owner);
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
