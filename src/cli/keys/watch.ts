import type { AccessKey } from '../../api/schema/accesskey.ts';
import { withoutManagedFields } from '../../kube/objects.ts';
import type { Log } from '../../runtime/log.ts';
import { createReflector } from '../../runtime/reflector.ts';
import { explain } from '../shell/errors.ts';
import type { Kubernetes } from '../shell/kubernetes.ts';

/** The subject of a watch of keys, and its callbacks. */
export interface KeyWatch {
  /** The namespace to watch; left out for all namespaces. */
  readonly namespace?: string | undefined;
  /**
   * Called for each key of the first list and for each change; `after` is undefined if the key is gone.
   */
  readonly onChange: (before: AccessKey | undefined, after: AccessKey | undefined) => void;
  /** Called once every key of the first list was told, and again when the watch is back after a failure. */
  readonly onLive?: () => void;
  /** Called with each failure, in a sentence. The watch then continues. */
  readonly onTrouble: (sentence: string) => void;
  /** Ends the watch. */
  readonly signal: AbortSignal;
}

/** A watch that fails does so sooner. */
const SETTLED_MS = 1_000;

/** Watches AccessKeys until the signal aborts; survives broken connections and restarts of the API server. */
export async function watchKeys(kubernetes: Kubernetes, watch: KeyWatch): Promise<void> {
  const { namespace, onChange, onLive = () => {}, onTrouble, signal } = watch;
  let isTroubled = false;
  const trouble = (fields: object, message: string) => {
    isTroubled = true;
    const { err } = fields as { err?: unknown };
    const { cause, remedy } = explain(err instanceof Error ? err : new Error(message));
    onTrouble(remedy === undefined ? cause : `${cause}; ${remedy}`);
  };
  const log: Log = { debug() {}, info() {}, warn: trouble, error: trouble };
  const keys = kubernetes.accessKeys.listWatch(namespace === undefined ? {} : { namespace });
  const reflector = createReflector<AccessKey, AccessKey>({
    name: 'accesskeys',
    source: { ...keys, watch: (options) => reported(keys.watch(options)) },
    transform: withoutManagedFields,
    log,
  });
  reflector.start((_key, before, after) => onChange(before, after));
  void reflector.synced.then(onLive);
  try {
    if (signal.aborted) return;
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  } finally {
    await reflector.stop();
  }

  /** Passes events on. A watch that goes on after a failure, while the server answers, is live again. */
  async function* reported<E>(events: AsyncIterable<E>): AsyncGenerator<E> {
    const timer = setTimeout(() => {
      if (isTroubled) void keys.list({ limit: 1, signal }).then(live, () => {});
    }, SETTLED_MS);
    try {
      for await (const event of events) {
        live();
        yield event;
      }
    } finally {
      clearTimeout(timer);
    }
  }

  function live(): void {
    if (isTroubled) onLive();
    isTroubled = false;
  }
}
