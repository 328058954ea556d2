import { Command, CommanderError } from 'commander';
import { OPERATOR_VERSION } from '../version.ts';
import { COMMANDS } from './commands/all.ts';
import { COMPLETE, complete } from './commands/completion.ts';
import { explain } from './shell/errors.ts';
import { EXIT } from './shell/exit-codes.ts';
import type { Terminal } from './shell/terminal.ts';

/** Runs one command. @returns its exit code, one of `EXIT` but for `exec`, which gives that of what it ran */
export async function runCli(args: readonly string[], terminal: Terminal): Promise<number> {
  let exitCode: number = EXIT.ok;
  const program = createProgram(terminal, (code) => {
    exitCode = code;
  });
  try {
    const [first, ...words] = args;
    if (first === COMPLETE) await complete(program, words, terminal);
    else await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    // Commander has printed its own message by then; help and version are no failure.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    if (terminal.signal.aborted) return EXIT.interrupted;
    const { exitCode: code, cause, remedy } = explain(error);
    terminal.say(`${terminal.paintRemark('red', 'error:')} ${cause}`);
    if (remedy !== undefined) terminal.say(remedy);
    return code;
  }
}

/**
 * Makes the program with all its commands. Completion reads the names of commands and flags off it.
 * @param setExitCode for a command that ends well with another code than 0
 */
function createProgram(terminal: Terminal, setExitCode: (code: number) => void): Command {
  const program = new Command('kubectl accesskey')
    .description(
      'Access keys of S3 stores: list, create, change and revoke them, with the rights of your kubeconfig.',
    )
    .version(OPERATOR_VERSION, '--version', 'print the version')
    .configureHelp({ sortSubcommands: false, showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => void terminal.stdout.write(text),
      writeErr: (text) => void terminal.stderr.write(text),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .showHelpAfterError('--help shows the arguments and flags, with examples')
    .showSuggestionAfterError()
    .exitOverride();
  for (const register of COMMANDS) register(program, terminal, setExitCode);
  return program;
}
