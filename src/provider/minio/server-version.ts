import { StoreError } from '../errors.ts';
import { findServerVersion } from './answers.ts';
import type { AdminClient } from './client.ts';

/** A server with many drives answers megabytes. Its version is in the first kilobytes. */
const START_BYTES = 64 * 1024;

/** Reads the version. Returns undefined without the permission for it, admin:ServerInfo. */
export async function readServerVersion(
  client: AdminClient,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const purpose = "read the server's version";
  try {
    // The call stops before the end of the answer, so that its length doesn't matter.
    const maxAnswerBytes = Number.POSITIVE_INFINITY;
    const call = { method: 'GET', path: 'info', purpose, slow: true, maxAnswerBytes, signal } as const;
    return await client.readStream(call, async (chunks) => findServerVersion(await start(chunks)));
  } catch (error) {
    if (error instanceof StoreError && (error.kind === 'refused' || error.kind === 'invalid'))
      return undefined;
    throw error;
  }
}

/** Reads the beginning of an answer and drops the rest. */
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
