import { StoreError } from '../errors.ts';
import { findServerVersion } from './answers.ts';
import type { AdminClient } from './client.ts';

/** A server with many drives answers megabytes; its version stands in the first kilobytes. */
const START_BYTES = 64 * 1024;

/** Asks for the version, which needs the permission admin:ServerInfo; undefined for whoever hasn't got it. */
export async function readServerVersion(
  client: AdminClient,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const purpose = "read the server's version";
  try {
    // It is left before its end, so that its length doesn't matter.
    const maxAnswerBytes = Number.POSITIVE_INFINITY;
    const call = { method: 'GET', path: 'info', purpose, slow: true, maxAnswerBytes, signal } as const;
    return await client.readStream(call, async (chunks) => findServerVersion(await start(chunks)));
  } catch (error) {
    if (error instanceof StoreError && (error.kind === 'refused' || error.kind === 'invalid'))
      return undefined;
    throw error;
  }
}

/** The beginning of an answer; the rest never arrives. */
async function start(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = [];
  let missing = START_BYTES;
  for await (const chunk of chunks) {
    parts.push(chunk.subarray(0, missing));
    missing -= chunk.length;
    if (missing <= 0) break;
  }
  return Buffer.concat(parts);
}
