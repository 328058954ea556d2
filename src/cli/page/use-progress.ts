import { useEffect, useState } from 'preact/hooks';
import type { Failure, GoalName, ProgressMessage } from '../ui/protocol.ts';
import { failureOf, keyPath, messages } from './call.ts';

/** A change on its way into force. */
export interface Progress {
  readonly sentence: string;
  readonly reached: boolean;
  readonly failure?: Failure | undefined;
}

const BEGUN: Progress = { sentence: 'Waiting for the operator', reached: false };

/** Follows a change until it is in force. @param goal undefined waits for nothing */
export function useProgress(
  at: { readonly namespace: string; readonly name: string },
  goal: GoalName | undefined,
): Progress {
  const [progress, setProgress] = useState(BEGUN);
  const path = keyPath(at, `/progress?goal=${goal}`);
  useEffect(() => {
    if (goal === undefined) return;
    const abort = new AbortController();
    setProgress(BEGUN);
    follow(path, abort.signal, setProgress).catch((error: unknown) => {
      if (!abort.signal.aborted) setProgress({ ...BEGUN, failure: failureOf(error) });
    });
    return () => abort.abort();
  }, [path, goal]);
  return progress;
}

async function follow(path: string, signal: AbortSignal, set: (progress: Progress) => void): Promise<void> {
  for await (const message of messages<ProgressMessage>(path, signal)) {
    if (message.type === 'onItsWay') set({ sentence: message.sentence, reached: false });
    else if (message.type === 'reached') set({ sentence: '', reached: true });
    else set({ sentence: '', reached: false, failure: message });
  }
}
