import type { TlsOptions } from '../network/connector.ts';

/** The address of the API server, and the credentials for it. */
export interface Connection {
  /** With a path if the server has one. */
  readonly server: URL;
  /** Proxy to the server; undefined for a direct connection. */
  readonly proxy?: URL | undefined;
  /** Headers of every request besides the authorization (impersonation). */
  readonly headers: Readonly<Record<string, string>>;
  /** The kubeconfig's context; undefined in a pod. */
  readonly context?: string | undefined;
  /** The namespace of this process, or of the kubeconfig's context. */
  readonly namespace: string | undefined;
  /** Returns the TLS options of a new connection. Reads them again after a minute. */
  tls(): Promise<TlsOptions>;
  /**
   * Returns the Authorization header, or undefined if a client certificate is enough. Reads it again after
   * a minute, or for `fresh`, since tokens change while the process runs.
   */
  authorization(options?: { readonly fresh?: boolean }): Promise<string | undefined>;
}

/** The error of a missing or unusable connection to the API server. The message says what to set. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
}
