/** Calls of MinIO's administration that a proxy holds, and that the store does only when a test asks for it. */
import { accessKeyTag, type Cluster } from '../../../src/ownership/names.ts';
import type { FaultProxy } from '../../bed/proxy.ts';
import { type NamespacedRef, policyOf } from './fixtures.ts';

export type AdminCall = 'add-canned-policy' | 'add-user' | 'set-user-or-group-policy';

/** A held call. */
interface LateCall {
  /** Resolves once the request is held, and the operator has no answer. */
  readonly held: Promise<void>;
  /** Has the store do it. @returns the status of its answer */
  deliver(): Promise<number>;
}

/** Holds the key's next request of that call. */
export type DelayCall = (ref: NamespacedRef, call: AdminCall) => LateCall;

/** Makes the function that holds calls at this proxy. */
export function delayCalls(s3: FaultProxy, cluster: Cluster): DelayCall {
  /** The requests to hold next, by a part of their path. */
  const waiting: {
    readonly isIt: (path: string) => boolean;
    readonly take: () => ReturnType<typeof later>;
  }[] = [];
  s3.onRequest(({ path }) => {
    const at = waiting.findIndex(({ isIt }) => isIt(path));
    return at < 0 ? undefined : waiting.splice(at, 1)[0]?.take();
  });
  return (ref, call) => {
    const policy = policyOf(cluster, ref);
    const tag = accessKeyTag(policy);
    const held = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    const status = Promise.withResolvers<number>();
    waiting.push({
      isIt: (path) => path.includes(`/${call}?`) && (path.includes(policy) || path.includes(tag)),
      take() {
        held.resolve();
        return later(release.promise, status.resolve);
      },
    });
    return {
      held: held.promise,
      deliver() {
        release.resolve();
        return status.promise;
      },
    };
  };
}

function later(until: Promise<unknown>, answered: (status: number) => void) {
  return { do: 'late', until, answered } as const;
}
