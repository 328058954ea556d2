import type { AccessKey } from '../../api/schema/accesskey.ts';
import { withoutManagedFields } from '../../kube/objects.ts';
import type { Log } from '../../runtime/log.ts';
import { createReflector } from '../../runtime/reflector.ts';
import type { Kubernetes } from '../shell/kubernetes.ts';

/** The subject of a watch of keys, and its callbacks. */
export interface KeyWatch {
  /** In one namespace; in all of them where left out. */
  readonly namespace?: string | undefined;
  /**
   * Called for each key of the first list and for each change; `after` is undefined where the key is gone.
   */
  readonly onChange: (before: AccessKey | undefined, after: AccessKey | undefined) => void;
  /** Called with each failure, in a sentence. The watch goes on by itself. */
  readonly onTrouble: (sentence: string) => void;
  /** Ends the watch. */
  readonly signal: AbortSignal;
}

/** Watches AccessKeys until the signal aborts; survives broken connections and restarts of the API server. */
export async function watchKeys(kubernetes: Kubernetes, watch: KeyWatch): Promise<void> {
  const { namespace, onChange, onTrouble, signal } = watch;
  const trouble = (fields: object, message: string) => {
    const { err } = fields as { err?: unknown };
    onTrouble(err instanceof Error ? err.message : message);
  };
  const log: Log = { debug() {}, info() {}, warn: trouble, error: trouble };
  const reflector = createReflector<AccessKey, AccessKey>({
    name: 'accesskeys',
    source: kubernetes.accessKeys.listWatch(namespace === undefined ? {} : { namespace }),
    transform: withoutManagedFields,
    log,
  });
  reflector.start((_key, before, after) => onChange(before, after));
  try {
    if (signal.aborted) return;
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  } finally {
    await reflector.stop();
  }
}
