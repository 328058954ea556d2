/** There is no usable way to the API server; the message says what to set. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
}
