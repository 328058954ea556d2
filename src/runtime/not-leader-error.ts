/** The error of a write that didn't begin, or of a process that ends, because it may not lead. */
export class NotLeaderError extends Error {
  override readonly name = 'NotLeaderError';
  /** The code by which the clients tell this error from a failed connection. */
  readonly code = NOT_LEADER;
}

/** The `code` of a `NotLeaderError`. */
export const NOT_LEADER = 'ERR_NOT_LEADER';
