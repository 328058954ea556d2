/**
 * The cause of a request's failure.
 * - `answered`: the API server refused it; `status` and `reason` are the server's
 * - `unreachable`: there was no connection, or it broke
 * - `timeout`: no answer came in time
 * - `idle`: nothing arrived on a watch for too long
 * - `malformed`: the answer isn't one of an API server
 * - `tooLarge`: the answer exceeds the caller's maximum
 * - `aborted`: the caller's signal aborted
 * - `fenced`: the client didn't send it, since it would write and this process doesn't lead
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

/** The facts of a failed request. */
export interface KubeErrorDetails {
  /** The HTTP status; 0 if there was no answer. */
  readonly status?: number;
  /** The reason of the server's Status (meta/v1), like `NotFound`; '' if it gave none. */
  readonly reason?: string;
  /** The reasons and fields of its causes, without their messages. */
  readonly causes?: readonly { readonly reason: string; readonly field: string }[];
  readonly retryAfterMs?: number | undefined;
}

/**
 * A failed request to the API server. `message` is a sentence with the request, its result and the server's
 * own message. It is cut, and holds no sent value, no header and no body.
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

/** True if the API server answered the request, and refused it. */
export function isAnswered(error: unknown): error is KubeError {
  return error instanceof KubeError && error.kind === 'answered';
}

/** True if the server has no such object or resource. */
export function isNotFound(error: unknown): error is KubeError {
  return error instanceof KubeError && error.status === 404;
}

/** True if the object has changed since the read, or has another uid. Excludes `isAlreadyExists`. */
export function isConflict(error: unknown): error is KubeError {
  return error instanceof KubeError && error.status === 409 && error.reason !== 'AlreadyExists';
}

/** True if a create failed because an object of that name exists. */
export function isAlreadyExists(error: unknown): error is KubeError {
  return error instanceof KubeError && error.status === 409 && error.reason === 'AlreadyExists';
}

/** True if the object breaks its schema or a validation rule, so that the same request will fail again. */
export function isInvalid(error: unknown): error is KubeError {
  return error instanceof KubeError && (error.status === 422 || error.status === 400);
}

/** True if RBAC, a quota or an admission policy refuses the request. */
export function isForbidden(error: unknown): error is KubeError {
  return error instanceof KubeError && error.status === 403;
}

/**
 * True if the resourceVersion or the token of a page is no longer of use. It may be too old (410 Gone,
 * Expired). It may also be newer than the server's (ResourceVersionTooLarge, after a restore of its storage).
 */
export function isGone(error: unknown): error is KubeError {
  if (!(error instanceof KubeError)) return false;
  if (error.status === 410 || error.reason === 'Expired' || error.reason === 'Gone') return true;
  return error.causes.some(({ reason }) => reason === 'ResourceVersionTooLarge');
}
