import { type Command, InvalidArgumentError, Option } from 'commander';
import { CliError } from '../shell/errors.ts';
import { EXIT } from '../shell/exit-codes.ts';
import { type ClusterFlags, type Kubernetes, withKubernetes } from '../shell/kubernetes.ts';
import { clusterOptions } from '../shell/options.ts';
import type { Terminal } from '../shell/terminal.ts';
import { ASSETS } from '../ui/assets.ts';
import { openBrowser } from '../ui/browser.ts';
import { type PageServer, startPageServer } from '../ui/server.ts';

interface Flags extends ClusterFlags {
  readonly port: number;
  readonly open: boolean;
}

/** Adds `ui`: the page in a browser of this machine. */
export function uiCommand(program: Command, terminal: Terminal): void {
  const command = program
    .command('ui')
    .summary('open the Access Keys page in the browser')
    .description(
      'Opens the Access Keys page in the browser: list, create, change and revoke keys with the rights of your kubeconfig. The page comes from this command, on 127.0.0.1 alone, and ends with it. The link works once.',
    )
    .addOption(new Option('--port <port>', 'the port; 0 takes a free one').default(0).argParser(portArgument))
    .option('--no-open', 'print the link, and open no browser')
    .addHelpText(
      'after',
      `
Examples:
  kubectl accesskey ui                       every namespace that you may see
  kubectl accesskey ui -n shop               begins with one namespace
  kubectl accesskey ui --port 8100 --no-open for a port that you forward: ssh -L 8100:127.0.0.1:8100 HOST`,
    );
  clusterOptions(command).action((flags: Flags) =>
    withKubernetes(terminal, flags, (kubernetes) => serve(kubernetes, flags, terminal)),
  );
}

async function serve(kubernetes: Kubernetes, flags: Flags, terminal: Terminal): Promise<void> {
  if (ASSETS === undefined)
    throw new CliError(
      EXIT.failed,
      'the page is not built: this program runs from its sources',
      'npm run build:cli, then run dist/cli/kubectl-accesskey.mjs ui',
    );
  const { signal, env } = terminal;
  const { link, ended } = await listening(
    startPageServer({
      ...{ kubernetes, signal, assets: ASSETS, port: flags.port },
      start: { namespace: flags.namespace },
      onLinkUsedTwice: (newLink) =>
        terminal.say(
          `The link was opened again, by a browser without the session: the session is closed. A new link:\n${newLink}`,
        ),
    }),
    flags.port,
  );
  terminal.print(link);
  const opened = flags.open && (await openBrowser({ platform: process.platform, env }, link));
  terminal.say(
    `${opened ? 'The page opens in your browser' : 'Open this link in a browser of this machine'}. It works once. Ctrl-C ends the page.`,
  );
  await ended;
}

/** @throws CliError if the port is taken */
async function listening(starting: Promise<PageServer>, port: number): Promise<PageServer> {
  try {
    return await starting;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EADDRINUSE' && code !== 'EACCES') throw error;
    throw new CliError(
      EXIT.failed,
      code === 'EACCES' ? `you may not listen on port ${port}` : `port ${port} is in use`,
      'name another one with --port, or leave it out for a free one',
    );
  }
}

function portArgument(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= 65_535)) throw new InvalidArgumentError('Write a port from 0 to 65535.');
  return port;
}
