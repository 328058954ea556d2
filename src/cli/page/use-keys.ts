/** The live list: the keys of a namespace, or of all, as the server's watch tells them. */
import { useEffect, useState } from 'preact/hooks';
import type { ListMessage } from '../ui/protocol.ts';
import { CallError, messages } from './call.ts';
import { afterMessage, EMPTY, type KeyList } from './key-list.ts';

const AGAIN_MS = 2_000;

/** Follows the keys of a namespace. @param namespace undefined for every namespace */
export function useKeys(namespace: string | undefined): KeyList {
  const [list, setList] = useState(EMPTY);
  useEffect(() => {
    const abort = new AbortController();
    setList(EMPTY);
    void follow(namespace, abort.signal, setList);
    return () => abort.abort();
  }, [namespace]);
  return list;
}

async function follow(
  namespace: string | undefined,
  signal: AbortSignal,
  setList: (change: (list: KeyList) => KeyList) => void,
): Promise<void> {
  const query = namespace === undefined ? '' : `?namespace=${encodeURIComponent(namespace)}`;
  while (!signal.aborted) {
    try {
      // The first list of a new connection takes the place of what was known, once it is whole.
      let first: KeyList | undefined = EMPTY;
      for await (const message of messages<ListMessage>(`/api/keys${query}`, signal)) {
        if (signal.aborted) return;
        if (first) {
          first = afterMessage(first, message);
          const shown = first;
          if (message.type === 'synced') first = undefined;
          setList((before) => (shown.synced || before.rows.size === 0 ? shown : { ...before, lost: false }));
        } else setList((before) => afterMessage(before, message));
      }
      throw new CallError(0, 'the command has ended');
    } catch (error) {
      if (signal.aborted) return;
      const lost = error instanceof CallError && error.status === 0;
      setList((before) => ({ ...before, lost, trouble: lost ? '' : String((error as Error).message) }));
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
  }
}
