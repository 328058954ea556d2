import { useEffect, useState } from 'preact/hooks';
import type { Failure, Preview } from '../ui/protocol.ts';
import { call, failureOf } from './call.ts';

const PAUSE_MS = 250;

/** The outcome of the last question. */
export interface PreviewState<T extends Preview> {
  readonly preview?: T | undefined;
  readonly failure?: Failure | undefined;
}

/**
 * Asks the servers what would come of a form, as one types. The last answer stays until the next one.
 * @param path undefined asks nothing
 */
export function usePreview<T extends Preview>(path: string | undefined, body: unknown): PreviewState<T> {
  const [state, setState] = useState<PreviewState<T>>({});
  const text = JSON.stringify(body);
  useEffect(() => {
    if (path === undefined) return;
    const abort = new AbortController();
    const timer = setTimeout(() => {
      call<T>(path, { method: 'POST', body: JSON.parse(text), signal: abort.signal }).then(
        (preview) => setState({ preview }),
        (error) => abort.signal.aborted || setState((before) => ({ ...before, failure: failureOf(error) })),
      );
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [path, text]);
  return state;
}
