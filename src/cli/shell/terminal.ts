/** The streams that a command reads and writes: the process' own streams, and what they are connected to. */
import type { Readable, Writable } from 'node:stream';
import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** One of the process' output streams. */
interface Output extends Writable {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** The process around a command: its streams, environment, clock and signals. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Output;
  readonly stderr: Output;
  /** True if a person can answer: stdin and stderr are both a terminal. */
  readonly interactive: boolean;
  /** Aborts at the first Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal;
  /** Leaves Ctrl-C to a child that shares the terminal, and hands it what else would end this process. */
  leaveSignalsTo(child: (signal: NodeJS.Signals) => void): void;
  /** In ms since 1970. */
  now(): number;
  /** Writes a line of the result to stdout. */
  print(line: string): void;
  /** Writes a line to stderr that is no part of the result: progress, remarks, questions. */
  say(line: string): void;
  /** Colors a text of the result if stdout shows colors; leaves it plain in a pipe and with NO_COLOR. */
  paint(style: Style, text: string): string;
  /** Colors a text for stderr. */
  paintRemark(style: Style, text: string): string;
}

/** Returns the terminal of a process. A second Ctrl-C ends the process immediately. */
export function hostTerminal(host: NodeJS.Process): Terminal {
  const stop = new AbortController();
  let child: ((signal: NodeJS.Signals) => void) | undefined;
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    host.on(name, () => {
      if (child !== undefined) {
        if (name === 'SIGTERM') child(name);
        return;
      }
      if (stop.signal.aborted) host.exit(130);
      stop.abort();
    });
  }
  // A reader that has seen enough (`| head`) is no fault.
  host.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') host.exit(0);
    throw error;
  });
  const { env, stdin, stdout, stderr } = host;
  return {
    env,
    stdin,
    stdout,
    stderr,
    interactive: stdin.isTTY === true && stderr.isTTY === true,
    signal: stop.signal,
    leaveSignalsTo(receive) {
      child = receive;
    },
    now: Date.now,
    print: (line) => void stdout.write(`${line}\n`),
    say: (line) => void stderr.write(`${line}\n`),
    paint: (style, text) => styleText(style, text, { stream: stdout }),
    paintRemark: (style, text) => styleText(style, text, { stream: stderr }),
  };
}
