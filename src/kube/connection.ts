/** What TLS needs, with the names of `node:tls`. */
export interface ConnectionTls {
  readonly ca?: string | Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
}

/** Where the API server is, and how to be known to it. */
export interface Connection {
  /** With a path where the server has one. */
  readonly server: URL;
  /** Headers of every request beside the authorization (impersonation). */
  readonly headers: Readonly<Record<string, string>>;
  /** The namespace that this process runs in, or that the kubeconfig's context names. */
  readonly namespace: string | undefined;
  /** What a new connection is made with; read again when it is older than a minute. */
  tls(): Promise<ConnectionTls>;
  /**
   * The header of that name, or undefined where a client certificate is enough. Read again when it is older than
   * a minute, or when `fresh` asks for it: tokens are renewed while the process runs.
   */
  authorization(options?: { readonly fresh?: boolean }): Promise<string | undefined>;
}

/** There is no usable way to the API server; the message says what to set. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
}
