import { isIP } from 'node:net';
import { type Connection, type ConnectionOptions, createConnection } from './connection.ts';
import { StoreError } from './errors.ts';
import type { Addressing } from './provider.ts';

/** The bucket that the operator asks for. It needn't exist: the answer names it anyway. */
const PROBE_BUCKET = 'access-key-operator-probe';
const TIMEOUT_MS = 5_000;
const MAX_ANSWER_BYTES = 64 * 1024;

/** Returns the address at which an endpoint has the bucket of the probe; undefined for an IP address. */
export function probeAddress(endpoint: string): URL | undefined {
  const url = URL.parse(endpoint);
  if (url === null || isIP(url.hostname.replaceAll(/[[\]]/g, '')) !== 0) return undefined;
  return URL.parse(`${url.protocol}//${PROBE_BUCKET}.${url.host}`) ?? undefined;
}

/**
 * Finds out whether a store takes a bucket as a part of the host name, by one request without a signature.
 * The store refuses it, and names the bucket that it understood. Every failure means `Path`: an unknown name,
 * a certificate for other names, a server that doesn't answer.
 * @throws the error if the signal aborted
 */
export async function findAddressing(
  options: Pick<ConnectionOptions, 'endpoint' | 'caBundle' | 'owner' | 'proxy'>,
  signal: AbortSignal,
): Promise<Addressing> {
  const address = probeAddress(options.endpoint);
  if (address === undefined) return 'Path';
  let connection: Connection | undefined;
  try {
    const endpoint = address.origin;
    connection = createConnection({ ...options, endpoint, connections: 1, connectTimeoutMs: TIMEOUT_MS });
    const { body } = await connection.request({
      method: 'GET',
      target: '/',
      headers: {},
      purpose: 'find the bucket of a host name',
      timeoutMs: TIMEOUT_MS,
      maxAnswerBytes: MAX_ANSWER_BYTES,
      signal,
    });
    return body.includes(`<BucketName>${PROBE_BUCKET}</BucketName>`) ? 'VirtualHost' : 'Path';
  } catch (error) {
    if (signal.aborted || !(error instanceof StoreError)) throw error;
    return 'Path';
  } finally {
    await connection?.close();
  }
}
