import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { Command } from 'commander';
import { environmentOf, OTHER_CREDENTIALS } from '../keys/environment.ts';
import { getKey } from '../keys/get.ts';
import { readPublishedPair } from '../keys/pair.ts';
import { CliError } from '../shell/errors.ts';
import { EXIT } from '../shell/exit-codes.ts';
import { type ClusterFlags, withKubernetes } from '../shell/kubernetes.ts';
import { clusterOptions } from '../shell/options.ts';
import type { Terminal } from '../shell/terminal.ts';

/** Exit codes of a shell for a command that can't be started (POSIX, 2.8.2). */
const NOT_EXECUTABLE = 126;
const NOT_FOUND = 127;

/**
 * Returns the command `exec NAME -- COMMAND`: it puts the pair into the environment of one process, and
 * nowhere else.
 */
export function execCommand(program: Command, terminal: Terminal, setExitCode: (code: number) => void): void {
  const command = program
    .command('exec')
    .argument('<name>', 'the name of the AccessKey')
    .argument('<command...>', 'the command and its arguments, after --')
    .summary('run a command with the pair in its environment')
    .description(
      'Runs a command with the pair, the endpoint and the region in its environment. Nothing is written to disk, and the shell that called it never has the pair. It ends with the exit code of the command.',
    )
    .addHelpText(
      'after',
      `
Examples:
  kubectl accesskey exec photo-uploader -n shop -- aws s3 ls s3://photos
  kubectl accesskey exec photo-uploader -n shop -- python3 upload.py`,
    );
  clusterOptions(command).action(
    async (name: string, [file = '', ...args]: readonly string[], flags: ClusterFlags) => {
      const variables = await withKubernetes(terminal, flags, async (kubernetes) => {
        const accessKey = await getKey(kubernetes, name, terminal.signal);
        return environmentOf(await readPublishedPair(kubernetes, accessKey, terminal.signal));
      });
      setExitCode(await run(terminal, [file, ...args], variables));
    },
  );
}

function run(
  terminal: Terminal,
  [file = '', ...args]: readonly string[],
  variables: Readonly<Record<string, string>>,
): Promise<number> {
  const env: Record<string, string | undefined> = { ...terminal.env, ...variables };
  for (const name of OTHER_CREDENTIALS) delete env[name];
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const child = spawn(file, args, { env, stdio: 'inherit' });
  // The terminal sends Ctrl-C to the command too; what to do about it is the command's affair.
  terminal.leaveSignalsTo((signal) => child.kill(signal));
  child.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') resolve(said(`${file}: command not found`, NOT_FOUND));
    else if (error.code === 'EACCES') resolve(said(`${file}: not executable`, NOT_EXECUTABLE));
    else reject(new CliError(EXIT.failed, `${file} can't be run: ${error.message}`));
  });
  child.on('exit', (code, signal) =>
    resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])),
  );
  return promise;

  function said(sentence: string, code: number): number {
    terminal.say(`error: ${sentence}`);
    return code;
  }
}
