import type { Dispatcher } from 'undici';

/** What only looks. Every other method may change something. */
const READS: ReadonlySet<string> = new Set(['GET', 'HEAD']);

/**
 * Lets a write begin only where `mayWrite` doesn't throw; what it throws is the failure of the request. It is asked
 * at the last moment, when the request is about to be put on its connection: one that has waited for a free
 * connection, or is sent once more, is looked at again. So a process that was frozen in between sends nothing; what
 * is on its way already can't be called back.
 */
export function writeFence(mayWrite: () => void): Dispatcher.DispatcherComposeInterceptor {
  return (dispatch) => (options, handler) =>
    dispatch(options, READS.has(options.method) ? handler : fenced(handler, mayWrite));
}

function fenced(handler: Dispatcher.DispatchHandler, mayWrite: () => void): Dispatcher.DispatchHandler {
  return {
    onRequestStart(controller, context) {
      mayWrite();
      handler.onRequestStart?.(controller, context);
    },
    onRequestUpgrade: (...args) => handler.onRequestUpgrade?.(...args),
    onResponseStarted: () => handler.onResponseStarted?.(),
    onResponseStart: (...args) => handler.onResponseStart?.(...args),
    onResponseData: (...args) => handler.onResponseData?.(...args),
    onResponseEnd: (...args) => handler.onResponseEnd?.(...args),
    onResponseError: (...args) => handler.onResponseError?.(...args),
    onBodySent: (chunk) => handler.onBodySent?.(chunk),
    onRequestSent: () => handler.onRequestSent?.(),
  };
}
