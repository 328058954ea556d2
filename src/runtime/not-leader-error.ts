/** A write was not begun, or the process ends, since it doesn't lead, or can't be sure that it does. */
export class NotLeaderError extends Error {
  override readonly name = 'NotLeaderError';
  /** By which the clients know it among the failures of a connection. */
  readonly code = NOT_LEADER;
}

export const NOT_LEADER = 'ERR_NOT_LEADER';
