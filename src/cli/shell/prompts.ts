/** Questions to a person at the terminal. They go to stderr, so that stdout has only the result. */
import { isCancel } from '@clack/prompts';
import { CliError } from './errors.ts';
import { EXIT } from './exit-codes.ts';
import type { Terminal } from './terminal.ts';

/** Returns what every question of clack takes. */
export function promptStreams({ stdin, stderr, signal }: Terminal) {
  return { input: stdin, output: stderr, signal };
}

/** Returns the answer. @throws CliError if the person pressed Ctrl-C or Escape: nothing is written then */
export async function answered<T>(question: Promise<T>): Promise<Exclude<T, symbol>> {
  const answer = await question;
  if (isCancel(answer)) throw new CliError(EXIT.interrupted, 'cancelled: nothing is written');
  return answer as Exclude<T, symbol>;
}
