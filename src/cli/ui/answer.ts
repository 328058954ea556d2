/** Answers of the server: JSON, a line of JSON for each message, or a file of the page. */
import type { ServerResponse } from 'node:http';
import type { Explained } from '../shell/errors.ts';
import { EXIT, type ExitCode } from '../shell/exit-codes.ts';
import { SECURITY_HEADERS } from './headers.ts';
import type { Failure } from './protocol.ts';

/** Answers with JSON. */
export function answerJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { ...SECURITY_HEADERS, 'content-type': 'application/json' });
  response.end(JSON.stringify(value));
}

/** Answers with a failure in words. */
export function answerFailure(response: ServerResponse, status: number, { cause, remedy }: Failure): void {
  answerJson(response, status, { cause, ...(remedy !== undefined && { remedy }) });
}

/** Sends each message as it comes. Ends with them, or when the page goes away: `messages` are ended then. */
export async function answerLines(response: ServerResponse, messages: AsyncIterable<unknown>): Promise<void> {
  response.writeHead(200, { ...SECURITY_HEADERS, 'content-type': 'application/x-ndjson' });
  response.flushHeaders();
  for await (const message of messages) {
    if (response.destroyed) return;
    if (!response.write(`${JSON.stringify(message)}\n`)) await drained(response);
  }
  response.end();
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.on('drain', done).on('close', done);
  });
}

const STATUS: Readonly<Partial<Record<ExitCode, number>>> = {
  [EXIT.notFound]: 404,
  [EXIT.refused]: 403,
  [EXIT.usage]: 400,
  [EXIT.no]: 409,
};

/** Returns the status of HTTP for a failure of a command. */
export function statusOf({ exitCode }: Explained): number {
  return STATUS[exitCode] ?? 502;
}
