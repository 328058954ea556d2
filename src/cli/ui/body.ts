import type { IncomingMessage } from 'node:http';
import { CliError } from '../shell/errors.ts';
import { EXIT } from '../shell/exit-codes.ts';

const MAX_BYTES = 256 * 1024;

/** Reads a body of JSON. @throws CliError if it is none, or longer than any form of the page */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) throw new CliError(EXIT.usage, 'the request is longer than a form of the page');
    chunks.push(chunk);
  }
  if (bytes === 0) return undefined;
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new CliError(EXIT.usage, 'the request is not JSON');
  }
}
