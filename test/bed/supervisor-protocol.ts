/** The messages between a bed's supervisor and its clients: one JSON document a line, over a socket. */
import { join } from 'node:path';

export interface ProgramSpec {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** The whole environment: nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /**
   * The file that stdout and stderr are appended to; without one they are sent to the connection that started the
   * program.
   */
  readonly log?: string;
  /** Ends with the connection that started it, not only with the bed. */
  readonly bound: boolean;
}

/** The end of a program: one of both is null. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export type Command =
  | { readonly op: 'start'; readonly spec: ProgramSpec }
  /** Starts a program that has ended, as it was first started. */
  | { readonly op: 'again'; readonly name: string }
  /** Answered once the program has ended. */
  | { readonly op: 'stop'; readonly name: string; readonly signal: NodeJS.Signals }
  | { readonly op: 'signal'; readonly name: string; readonly signal: NodeJS.Signals }
  | { readonly op: 'attach'; readonly name: string };

export type Request = Command & { readonly id: number };

export type Message =
  /** A request has been carried out; the program's state was told before. */
  | { readonly id: number }
  | { readonly id: number; readonly error: string }
  /** Sent to every connection when a program starts and when it has ended (`exit`), and to one that asks. */
  | { readonly program: string; readonly pid: number; readonly exit?: Exit }
  /** Sent to the connection that started the program. */
  | { readonly output: string; readonly stream: 'stdout' | 'stderr'; readonly text: string };

/** Returns the socket of the supervisor of a bed's folder. It refuses connections as soon as the supervisor is gone. */
export function socketPath(folder: string): string {
  return join(folder, 's.sock');
}

/** Takes text in pieces, gives whole lines without their end. */
export function lineSplitter(onLine: (line: string) => void): (text: string) => void {
  let rest = '';
  return (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  };
}
