import type { Dispatcher } from 'undici';
import { failureCode, statusCode } from './operations.ts';

/**
 * The result of one request: its method, path and body, the HTTP status or failure code, and the time it
 * took.
 */
export interface RequestTime {
  readonly method: string;
  readonly path: string;
  readonly body: Dispatcher.DispatchOptions['body'];
  readonly code: string;
  readonly seconds: number;
}

/**
 * Makes an interceptor that reports each request of a client when it has ended. It reports a resent request
 * each time. The time includes the wait for a free connection. A streamed answer counts as ended when it
 * begins.
 */
export function timeRequests(
  observe: (time: RequestTime) => void,
  streams: (path: string) => boolean = () => false,
): Dispatcher.DispatcherComposeInterceptor {
  return (dispatch) => (options, handler) => {
    const startedAt = performance.now();
    const { method, path, body } = options;
    let status = 0;
    let told = false;
    const tell = (code: string) => {
      if (told) return;
      told = true;
      observe({ method, path, body, code, seconds: (performance.now() - startedAt) / 1_000 });
    };
    return dispatch(options, {
      onRequestStart: (...args) => handler.onRequestStart?.(...args),
      onRequestUpgrade: (...args) => handler.onRequestUpgrade?.(...args),
      onResponseStarted: () => handler.onResponseStarted?.(),
      onResponseStart(controller, answered, headers, statusMessage) {
        status = answered;
        if (streams(path)) tell(statusCode(status));
        handler.onResponseStart?.(controller, answered, headers, statusMessage);
      },
      onResponseData: (...args) => handler.onResponseData?.(...args),
      onResponseEnd(controller, trailers) {
        tell(statusCode(status));
        handler.onResponseEnd?.(controller, trailers);
      },
      onResponseError(controller, error) {
        tell(failureCode(error));
        handler.onResponseError?.(controller, error);
      },
      onBodySent: (chunk) => handler.onBodySent?.(chunk),
      onRequestSent: () => handler.onRequestSent?.(),
    });
  };
}
