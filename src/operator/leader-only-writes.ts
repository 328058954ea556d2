import type { Dispatcher } from 'undici';

/** The methods that only read. Every other method may change something. */
const READS: ReadonlySet<string> = new Set(['GET', 'HEAD']);

/**
 * Lets a write begin only if `assertLeading` doesn't throw. Its error becomes the failure of the request. The
 * interceptor calls it at the last moment, right before the request goes out on its connection. It checks a
 * request again that has waited for a free connection, or that the client resends. A process that was frozen
 * in between therefore sends nothing. It can't recall a request that is already on its way.
 */
export function writeFence(assertLeading: () => void): Dispatcher.DispatcherComposeInterceptor {
  return (dispatch) => (options, handler) =>
    dispatch(options, READS.has(options.method) ? handler : fenced(handler, assertLeading));
}

function fenced(handler: Dispatcher.DispatchHandler, assertLeading: () => void): Dispatcher.DispatchHandler {
  return {
    onRequestStart(controller, context) {
      assertLeading();
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
