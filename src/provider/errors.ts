/**
 * Why a store didn't do what it was asked, told apart by what the caller can do about it.
 * - `absent`: the user or policy that was to be written doesn't exist (or the user is disabled, for an attachment)
 * - `inUse`: the policy has users
 * - `taken`: somebody else has a bucket of that name
 * - `refused`: the store took the request and doesn't allow it to these credentials, or to anybody
 * - `credentials`: the store doesn't know the credentials, or their signature is wrong
 * - `invalid`: the store calls the request malformed; the same request will fail again
 * - `unreachable`: no usable answer: connection, TLS, timeout, cut off, or not this kind of store
 * - `busy`: it says itself that it can't now (429, 503, starting); `retryAfterMs` where it names a time
 * - `aborted`: the caller's own signal
 * - `fenced`: not sent, since it would write and this process doesn't lead
 */
export type StoreErrorKind =
  | 'absent'
  | 'inUse'
  | 'taken'
  | 'refused'
  | 'credentials'
  | 'invalid'
  | 'unreachable'
  | 'busy'
  | 'aborted'
  | 'fenced';

/**
 * A failed call to a store. `message` is a sentence of ours: what was asked and what came of it, with a known
 * code of the store at most, never a part of its answer, never a secret; it may go into a status.
 */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly kind: StoreErrorKind;
  /** The store's own code, if it is one that we know. */
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
