/**
 * Counts what is asked for about each of many namespaces, and holds the n-th request of each when the server has done
 * it and the operator doesn't know yet, and all after it before they are forwarded: one SIGKILL meets all of them
 * there.
 */
import type { Action } from '../../bed/proxy.ts';
import { until } from './fixtures.ts';

export interface HeldSteps {
  /** Counts a request about the namespace, and says what becomes of it. */
  take(namespace: string, step: string): Promise<Action | undefined>;
  /** From now on counts the requests about each namespace, and holds its `n`th and all after it. */
  hold(n: number): void;
  /** Waits until the namespace's request is held; gives what it is. */
  held(namespace: string): Promise<string>;
  /** Returns the requests about the namespace since `hold`. */
  steps(namespace: string): readonly string[];
  /** Resets what is held, and holds no more. */
  letGo(): void;
  /** Waits until nothing is asked for about any namespace for 200 ms. */
  quiet(): Promise<void>;
}

interface Counted {
  readonly steps: string[];
  readonly reached: PromiseWithResolvers<string>;
}

/** Makes the counts. They hold nothing before the first `hold`. */
export function createHeldSteps(): HeldSteps {
  const counted = new Map<string, Counted>();
  let limit = Number.POSITIVE_INFINITY;
  let total = 0;
  let released = Promise.withResolvers<void>();

  function countedOf(namespace: string): Counted {
    const known = counted.get(namespace) ?? { steps: [], reached: Promise.withResolvers<string>() };
    counted.set(namespace, known);
    return known;
  }

  return {
    async take(namespace, step) {
      total += 1;
      const { steps, reached } = countedOf(namespace);
      steps.push(step);
      if (steps.length < limit) return undefined;
      if (steps.length === limit) {
        return { do: 'holdAnswer', until: released.promise, answered: () => reached.resolve(step) };
      }
      await released.promise;
      return { do: 'reset' };
    },
    hold(n) {
      counted.clear();
      released = Promise.withResolvers();
      limit = n;
    },
    held: (namespace) => countedOf(namespace).reached.promise,
    steps: (namespace) => counted.get(namespace)?.steps ?? [],
    letGo() {
      limit = Number.POSITIVE_INFINITY;
      released.resolve();
    },
    async quiet() {
      let seen = -1;
      let since = 0;
      await until('quiet', async () => {
        if (total !== seen) since = performance.now();
        seen = total;
        return performance.now() - since > 200;
      });
    },
  };
}
