import { runCli } from './run.ts';
import { hostTerminal } from './shell/terminal.ts';

/** The process of `kubectl accesskey`: arguments and signals in, an exit code out. */
process.exitCode = await runCli(process.argv.slice(2), hostTerminal(process));
