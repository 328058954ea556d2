import { useEffect, useState } from 'preact/hooks';
import type { Failure } from '../ui/protocol.ts';
import { call, failureOf } from './call.ts';

/** The outcome of a request. */
export interface Loaded<T> {
  readonly value?: T | undefined;
  readonly failure?: Failure | undefined;
  /** True from the moment that another request is under way. */
  readonly loading: boolean;
}

/**
 * Asks the server when the path changes, and again for each new `version`. Meanwhile it keeps the last answer
 * for the same path.
 * @param path undefined asks nothing
 */
export function useLoad<T>(path: string | undefined, version: unknown = 0): Loaded<T> {
  const [state, setState] = useState<Loaded<T> & { readonly path?: string | undefined }>({ loading: true });
  useEffect(() => {
    if (path === undefined) return;
    const abort = new AbortController();
    setState((before) => (before.path === path ? { ...before, loading: true } : { path, loading: true }));
    call<T>(path, { signal: abort.signal }).then(
      (value) => setState({ path, value, loading: false }),
      (error) =>
        abort.signal.aborted ||
        setState((before) => ({ ...before, path, failure: failureOf(error), loading: false })),
    );
    return () => abort.abort();
  }, [path, version]);
  return state.path === path ? state : { loading: true };
}
