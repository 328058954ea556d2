import { Argument, type Command } from 'commander';
import { namesOf } from '../completion/names.ts';
import { COMPLETION_SCRIPTS, COMPLETION_SHELLS, type CompletionShell } from '../completion/scripts.ts';
import { type Expected, expectedAt } from '../completion/words.ts';
import { withKubernetes } from '../shell/kubernetes.ts';
import type { Terminal } from '../shell/terminal.ts';

/** Cobra's directives: what the shell does beside offering the words. */
const FILES_TOO = 0;
const NO_FILES = 4;
/** The maximum time that somebody who presses Tab waits, in ms. */
const PATIENCE_MS = 3_000;

/** Returns the command `completion SHELL`. */
export function completionCommand(program: Command, terminal: Terminal): void {
  program
    .command('completion')
    .addArgument(new Argument('<shell>', 'for which shell').choices([...COMPLETION_SHELLS]))
    .summary('print what a shell needs to complete commands, flags and names')
    .description(
      'Prints a completion script. "kubectl" is for "kubectl accesskey" in bash, zsh and fish: kubectl\'s own completion asks it. The others are for "kubectl-accesskey" itself.',
    )
    .addHelpText(
      'after',
      `
Examples:
  kubectl accesskey completion kubectl > ~/.local/bin/kubectl_complete-accesskey
  chmod +x ~/.local/bin/kubectl_complete-accesskey
  source <(kubectl accesskey completion bash)`,
    )
    .action((shell: CompletionShell) => terminal.print(COMPLETION_SCRIPTS[shell]));
}

/** The command that the shells ask, before any command line is read. */
export const COMPLETE = '__complete';

/**
 * Prints what may stand at the cursor, a line each, and a directive of Cobra's.
 * @param words as they were typed, the one at the cursor last
 */
export async function complete(
  program: Command,
  words: readonly string[],
  terminal: Terminal,
): Promise<void> {
  const current = words.at(-1) ?? '';
  const expected = expectedAt(program, words);
  const known = expected.known.map(({ word, description }) =>
    description ? `${word}\t${description}` : word,
  );
  const names = await clusterNames(expected, terminal);
  for (const line of [...known, ...names]) if (line.startsWith(current)) terminal.print(line);
  terminal.print(`:${expected.file ? FILES_TOO : NO_FILES}`);
}

/** Returns names from the cluster, or none if a request fails: a press of Tab must print no error. */
async function clusterNames({ names, cluster }: Expected, terminal: Terminal): Promise<string[]> {
  if (names === undefined) return [];
  const signal = AbortSignal.any([terminal.signal, AbortSignal.timeout(PATIENCE_MS)]);
  const flags = Object.fromEntries(Object.entries(cluster).filter(([, value]) => value !== undefined));
  try {
    return await withKubernetes(terminal, flags, (kubernetes) => namesOf(kubernetes, names, signal));
  } catch {
    return [];
  }
}
