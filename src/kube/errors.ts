/**
 * What came of a request that failed.
 * - `answered`: the API server said no; `status` and `reason` are its own
 * - `unreachable`: no connection, or one that broke
 * - `timeout`: no answer in time
 * - `idle`: nothing has arrived on a watch for too long
 * - `malformed`: an answer that isn't what the API server sends
 * - `tooLarge`: an answer longer than the caller reads
 * - `aborted`: the caller's own signal
 * - `fenced`: not sent, since it would write and this process doesn't lead
 */
export type KubeErrorKind =
  | 'answered'
  | 'unreachable'
  | 'timeout'
  | 'idle'
  | 'malformed'
  | 'tooLarge'
  | 'aborted'
  | 'fenced';

export interface KubeErrorDetails {
  /** The HTTP status; 0 where there was no answer. */
  readonly status?: number;
  /** The reason of the server's Status (meta/v1), like `NotFound`; '' where it gave none. */
  readonly reason?: string;
  /** The reasons and fields of its causes, without their messages. */
  readonly causes?: readonly { readonly reason: string; readonly field: string }[];
  readonly retryAfterMs?: number | undefined;
}

/**
 * A request to the API server that failed. `message` is a sentence of ours: what was asked, what came of it, and
 * the server's own message, cut and without any value that was sent; never a header or a body.
 */
export class KubeError extends Error {
  override readonly name = 'KubeError';
  readonly kind: KubeErrorKind;
  readonly status: number;
  readonly reason: string;
  readonly causes: readonly { readonly reason: string; readonly field: string }[];
  readonly retryAfterMs: number | undefined;

  constructor(kind: KubeErrorKind, message: string, details: KubeErrorDetails = {}) {
    super(message);
    this.kind = kind;
    this.status = details.status ?? 0;
    this.reason = details.reason ?? '';
    this.causes = details.causes ?? [];
    this.retryAfterMs = details.retryAfterMs;
  }
}

/** The object, or the resource itself, isn't there. */
export function isNotFound(error: unknown): error is KubeError {
  return error instanceof KubeError && error.status === 404;
}

/** The object has changed since it was read, or isn't the one that was meant (uid). `isAlreadyExists` is another. */
export function isConflict(error: unknown): error is KubeError {
  return error instanceof KubeError && error.status === 409 && error.reason !== 'AlreadyExists';
}

export function isAlreadyExists(error: unknown): error is KubeError {
  return error instanceof KubeError && error.status === 409 && error.reason === 'AlreadyExists';
}

/** The object breaks its schema or a validation rule: the same request will fail again. */
export function isInvalid(error: unknown): error is KubeError {
  return error instanceof KubeError && (error.status === 422 || error.status === 400);
}

/** RBAC, a quota or an admission policy refuses it. */
export function isForbidden(error: unknown): error is KubeError {
  return error instanceof KubeError && error.status === 403;
}

/**
 * The resourceVersion or the token of a page is of no use any more: too old (410 Gone, Expired), or of a future
 * that the server doesn't know (ResourceVersionTooLarge, after a restore of its storage).
 */
export function isGone(error: unknown): error is KubeError {
  if (!(error instanceof KubeError)) return false;
  if (error.status === 410 || error.reason === 'Expired' || error.reason === 'Gone') return true;
  return error.causes.some(({ reason }) => reason === 'ResourceVersionTooLarge');
}
