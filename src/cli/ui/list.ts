import type { AccessKey } from '../../api/schema/accesskey.ts';
import { watchKeys } from '../keys/watch.ts';
import { type Call, namespaceIn } from './call.ts';
import type { ListMessage } from './protocol.ts';
import { rowOf } from './rows.ts';

/** Changes that come together go in one message. */
const GATHER_MS = 50;
const MAX_ROWS = 250;

/** Yields the keys of a namespace, or of all, and each change of them, until the page goes away. */
export function listMessages(call: Call): AsyncIterable<ListMessage> {
  return messagesOf(call, call.query.has('namespace') ? namespaceIn(call) : undefined);
}

async function* messagesOf(
  { kubernetes, signal }: Call,
  namespace: string | undefined,
): AsyncGenerator<ListMessage> {
  const changed = new Map<string, AccessKey>();
  const gone = new Set<string>();
  const others: ListMessage[] = [];
  const abort = new AbortController();
  const ended = AbortSignal.any([signal, abort.signal]);
  let wake = () => {};

  const watching = watchKeys(kubernetes, {
    namespace,
    signal: ended,
    onChange(before, after) {
      if (before && before.metadata.uid !== after?.metadata.uid) {
        changed.delete(before.metadata.uid);
        gone.add(before.metadata.uid);
      }
      if (after) changed.set(after.metadata.uid, after);
      wake();
    },
    onLive() {
      others.push({ type: 'synced' });
      wake();
    },
    onTrouble(sentence) {
      others.push({ type: 'trouble', sentence });
      wake();
    },
  });
  ended.addEventListener('abort', () => wake(), { once: true });
  try {
    while (!ended.aborted) {
      yield* gathered();
      const { promise, resolve } = Promise.withResolvers<void>();
      wake = resolve;
      if (changed.size + gone.size + others.length === 0 && !ended.aborted) await promise;
      await new Promise((resolve) => setTimeout(resolve, GATHER_MS));
    }
  } finally {
    abort.abort();
    await watching;
  }

  function* gathered(): Generator<ListMessage> {
    if (gone.size > 0) yield { type: 'gone', uids: [...gone] };
    const keys = [...changed.values()];
    const rest = others.splice(0);
    gone.clear();
    changed.clear();
    for (let at = 0; at < keys.length; at += MAX_ROWS)
      yield { type: 'changed', rows: keys.slice(at, at + MAX_ROWS).map(rowOf) };
    yield* rest;
  }
}
