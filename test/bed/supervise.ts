/** The side of a bed's supervisor that tests use: programs that are sure to end when the process here ends. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import {
  type Command,
  type Exit,
  lineSplitter,
  type Message,
  type ProgramSpec,
  socketPath,
} from './supervisor-protocol.ts';

type OnOutput = (text: string, stream: 'stdout' | 'stderr') => void;

/** A program of a bed. Its pid and its end are always the present ones, even if another process restarted it. */
export interface Program {
  readonly name: string;
  readonly pid: number;
  /** Resolves when the present process ends; a new promise after `again`. */
  readonly exited: Promise<Exit>;
  /** Sends the signal (default SIGTERM), also to a paused program, and waits for the end. */
  stop(signal?: NodeJS.Signals): Promise<Exit>;
  again(): Promise<void>;
  pause(): Promise<void>;
  resume(): Promise<void>;
}

export interface Supervisor {
  start(spec: ProgramSpec, onOutput?: OnOutput): Promise<Program>;
  /** A program that somebody has started, by its name. */
  attach(name: string): Promise<Program>;
  /** Closes the connection; programs that are bound to it end. */
  disconnect(): void;
}

interface Known {
  pid: number;
  exited: PromiseWithResolvers<Exit>;
  readonly onOutput: OnOutput | undefined;
}

/**
 * Connects to the supervisor that looks after a folder.
 * @param options.background the connection doesn't keep this process running
 * @throws the socket's error if no supervisor listens
 */
export async function connectSupervisor(
  folder: string,
  options: { background?: boolean } = {},
): Promise<Supervisor> {
  const socket = connect(socketPath(folder));
  await once(socket, 'connect');
  if (options.background === true) socket.unref();
  const known = new Map<string, Known>();
  const waiting = new Map<number, PromiseWithResolvers<void>>();
  let lastId = 0;

  function hear(message: Message): void {
    if ('program' in message) {
      const program = known.get(message.program);
      if (program === undefined) return;
      if (program.pid !== 0 && program.pid !== message.pid) program.exited = Promise.withResolvers();
      program.pid = message.pid;
      if (message.exit !== undefined) program.exited.resolve(message.exit);
    } else if ('output' in message) {
      known.get(message.output)?.onOutput?.(message.text, message.stream);
    } else {
      const waiter = waiting.get(message.id);
      waiting.delete(message.id);
      if ('error' in message) waiter?.reject(new Error(message.error));
      else waiter?.resolve();
    }
  }

  socket.setEncoding('utf8').on(
    'data',
    lineSplitter((line) => hear(JSON.parse(line))),
  );
  socket.on('error', () => socket.destroy());
  socket.on('close', () => {
    for (const waiter of waiting.values()) waiter.reject(new Error('the bed has been stopped'));
    for (const program of known.values()) program.exited.resolve({ code: null, signal: 'SIGKILL' });
  });

  async function ask(command: Command): Promise<void> {
    if (!socket.writable) throw new Error('the bed has been stopped');
    lastId += 1;
    const waiter = Promise.withResolvers<void>();
    waiting.set(lastId, waiter);
    socket.write(`${JSON.stringify({ ...command, id: lastId })}\n`);
    await waiter.promise;
  }

  function programOf(name: string, state: Known): Program {
    return {
      name,
      get pid() {
        return state.pid;
      },
      get exited() {
        return state.exited.promise;
      },
      async stop(signal = 'SIGTERM') {
        const { promise } = state.exited;
        await ask({ op: 'stop', name, signal });
        return promise;
      },
      again: () => ask({ op: 'again', name }),
      pause: () => ask({ op: 'signal', name, signal: 'SIGSTOP' }),
      resume: () => ask({ op: 'signal', name, signal: 'SIGCONT' }),
    };
  }

  async function know(name: string, command: Command, onOutput?: OnOutput): Promise<Program> {
    const state: Known = { pid: 0, exited: Promise.withResolvers(), onOutput };
    known.set(name, state);
    await ask(command);
    return programOf(name, state);
  }

  return {
    start: (spec, onOutput) => know(spec.name, { op: 'start', spec }, onOutput),
    attach: (name) => know(name, { op: 'attach', name }),
    disconnect: () => socket.destroy(),
  };
}

/**
 * Starts a supervisor for an existing folder, and connects to it. Everything that it starts, the folder and
 * `alsoRemoved` go when `end` is called or when this process ends, whatever ends it (SIGKILL too).
 * @param folder its path is short: a socket's, below it, has 104 bytes at most
 */
export async function startSupervisor(
  folder: string,
  alsoRemoved: readonly string[] = [],
): Promise<Supervisor & { end(): Promise<void> }> {
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, 'supervisor.ts'), folder, ...alsoRemoved],
    {
      detached: true,
      env: { PATH: process.env['PATH'] ?? '' },
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  );
  const exited = once(child, 'exit');
  await Promise.race([
    once(child.stdout, 'data'),
    exited.then(() => Promise.reject(new Error('the supervisor of the bed has not started'))),
  ]);
  const supervisor = await connectSupervisor(folder);
  child.stdout.destroy();
  child.unref();
  return {
    ...supervisor,
    async end() {
      child.ref();
      child.stdin.end();
      await exited;
      supervisor.disconnect();
    },
  };
}
