/**
 * The cause of a store's failure, by what the caller can do about it.
 * - `absent`: the user or policy to write doesn't exist (or the user is disabled, for an attachment)
 * - `inUse`: the policy has users
 * - `bucketTaken`: another user of the store has a bucket of that name
 * - `taken`: the store has a user or policy of that name, and it isn't this one
 * - `refused`: the store doesn't allow the request to these credentials, or to anybody
 * - `credentials`: the store doesn't know the credentials, or their signature is wrong
 * - `invalid`: the store calls the request malformed; the same request will fail again
 * - `unreachable`: there was no usable answer: connection, TLS, timeout, cut off, or another kind of server
 * - `busy`: the store says that it can't now (429, 503, starting); `retryAfterMs` if it names a time
 * - `aborted`: the caller's signal aborted
 * - `fenced`: the client didn't send it, since it would write and this process doesn't lead
 */
export type StoreErrorKind =
  | 'absent'
  | 'inUse'
  | 'bucketTaken'
  | 'taken'
  | 'refused'
  | 'credentials'
  | 'invalid'
  | 'unreachable'
  | 'busy'
  | 'aborted'
  | 'fenced';

/**
 * A failed call to a store. `message` is the operator's sentence about the request and its result, and may go
 * into a status. It holds at most a known code of the store, and never a part of its answer or a secret.
 */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly kind: StoreErrorKind;
  /** The store's own code, if the operator knows it. */
  readonly code: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(
    kind: StoreErrorKind,
    message: string,
    details: { code?: string; retryAfterMs?: number; cause?: unknown } = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.kind = kind;
    this.code = details.code;
    this.retryAfterMs = details.retryAfterMs;
  }
}
