import { StoreError } from '../errors.ts';
import { parseServerVersion } from './answers.ts';
import type { AdminClient } from './client.ts';

/** Asks for the version, which needs the permission admin:ServerInfo; undefined for whoever hasn't got it. */
export async function readServerVersion(
  client: AdminClient,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const purpose = "read the server's version";
  try {
    return await client.read(
      { method: 'GET', path: 'info', purpose, list: true, signal },
      parseServerVersion,
    );
  } catch (error) {
    if (error instanceof StoreError && (error.kind === 'refused' || error.kind === 'invalid'))
      return undefined;
    throw error;
  }
}
