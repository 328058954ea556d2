/** Requests to the server of this page, with the half of the session that no cookie carries. */
import { type Failure, KEY_HEADER } from '../ui/protocol.ts';

/** A request that failed; `status` is 0 if the server didn't answer. */
export class CallError extends Error {
  override readonly name = 'CallError';
  readonly status: number;
  readonly remedy: string | undefined;

  constructor(status: number, cause: string, remedy?: string) {
    super(cause);
    this.status = status;
    this.remedy = remedy;
  }
}

const STORED = 'accesskey-session';
const SESSION = takeSession();

/** Takes the key from the address's fragment, which no server sees, and clears the address. */
function takeSession(): string {
  const [, given] = /^#session=([\w-]+)$/.exec(location.hash) ?? [];
  if (given !== undefined) {
    localStorage.setItem(STORED, given);
    history.replaceState(null, '', '/');
  }
  return localStorage.getItem(STORED) ?? '';
}

interface Options {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

/** Asks the server. @throws CallError, or an AbortError */
export async function call<T>(path: string, options: Options = {}): Promise<T> {
  const response = await send(path, options);
  return (await response.json()) as T;
}

/**
 * Yields the messages of an answer until it ends or the signal aborts.
 * @throws CallError if it is cut off
 */
export async function* messages<T>(path: string, signal: AbortSignal): AsyncGenerator<T> {
  const { body } = await send(path, { signal });
  if (body === null) return;
  let rest = '';
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read().catch(() => {
        throw new CallError(0, 'the command has ended');
      });
      if (done) return;
      const lines = (rest + value).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) yield JSON.parse(line) as T;
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

async function send(path: string, { method = 'GET', body, signal }: Options): Promise<Response> {
  const headers = new Headers({ [KEY_HEADER]: SESSION });
  const init: RequestInit = { method, headers, cache: 'no-store', credentials: 'same-origin' };
  if (signal) init.signal = signal;
  if (method !== 'GET') {
    headers.set('content-type', 'application/json');
    init.body = JSON.stringify(body ?? {});
  }
  const response = await fetch(path, init).catch((error: unknown) => {
    if (signal?.aborted) throw error;
    throw new CallError(0, 'the command has ended');
  });
  if (response.ok) return response;
  const { cause, remedy } = (await response.json().catch(() => ({}))) as Partial<Failure>;
  throw new CallError(response.status, cause ?? `the server answers ${response.status}`, remedy);
}

/** Returns the path of a key. */
export function keyPath(
  { namespace, name }: { readonly namespace: string; readonly name: string },
  more = '',
): string {
  return `/api/keys/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}${more}`;
}

/** Returns the failure in words. */
export function failureOf(error: unknown): Failure {
  if (error instanceof CallError) return { cause: error.message, remedy: error.remedy };
  return { cause: error instanceof Error ? error.message : String(error) };
}
