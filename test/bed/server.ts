/** Starts the servers of a bed: on free ports, watched until they are ready, controlled from any process. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { lastLines } from './last-lines.ts';
import { freePorts } from './ports.ts';
import type { Program, Supervisor } from './supervise.ts';

const READY_TIMEOUT_MS = 60_000;
const POLL_MS = 50;
const ATTEMPTS = 5;

/** A running server, and what tests do to it. Its ports and its data stay the same. */
export interface Server {
  readonly name: string;
  readonly pid: number;
  /**
   * Sends the signal, also to a paused server, and waits for its end. The default is SIGKILL, a crash: on SIGTERM
   * the API server waits up to 60 s for its watches to end.
   */
  stop(signal?: NodeJS.Signals): Promise<void>;
  /** Starts it again after a stop, and waits until it is ready. */
  start(): Promise<void>;
  /** Freezes it: connections are taken by the kernel, and nothing answers (SIGSTOP). */
  pause(): Promise<void>;
  resume(): Promise<void>;
}

export interface ServerSpec {
  readonly name: string;
  readonly command: string;
  /** The number of free ports that it takes. */
  readonly portCount: number;
  readonly args: (ports: readonly number[]) => readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** The bed's folder: it has the log NAME.log. */
  readonly folder: string;
  /** Ends with the connection to the supervisor. */
  readonly bound?: boolean;
  readonly ready: (ports: readonly number[]) => Promise<boolean>;
}

/** Waits until a server is ready. @throws Error with the end of its log if it ends before, or takes too long. */
async function untilReady(program: Program, ready: () => Promise<boolean>, folder: string): Promise<void> {
  const { name } = program;
  const log = join(folder, `${name}.log`);
  const deadline = performance.now() + READY_TIMEOUT_MS;
  let ended = false;
  void program.exited.then(() => {
    ended = true;
  });
  while (!(await ready().catch(() => false))) {
    if (ended) throw new Error(`${name} ended before it was ready:\n${await lastLines(log, 15)}`);
    if (performance.now() > deadline) {
      throw new Error(`${name} isn't ready after ${READY_TIMEOUT_MS / 1000} s:\n${await lastLines(log, 15)}`);
    }
    await sleep(POLL_MS);
  }
}

function serverOf(program: Program, ready: () => Promise<boolean>, folder: string): Server {
  return {
    name: program.name,
    get pid() {
      return program.pid;
    },
    async stop(signal = 'SIGKILL') {
      await program.stop(signal);
    },
    async start() {
      await program.again();
      await untilReady(program, ready, folder);
    },
    pause: () => program.pause(),
    resume: () => program.resume(),
  };
}

/**
 * Starts a server and waits until it is ready. If another process has taken a port meanwhile, the whole start
 * is tried again on other ports.
 * @throws Error with the last lines of the server's log
 */
export async function startServer(
  supervisor: Supervisor,
  spec: ServerSpec,
): Promise<{ server: Server; ports: readonly number[] }> {
  const { name, command, folder, bound = false } = spec;
  for (let attempt = 1; ; attempt += 1) {
    const ports = await freePorts(spec.portCount);
    const ready = () => spec.ready(ports);
    const { PATH = '', GOGC } = process.env;
    const env = { PATH, HOME: folder, TMPDIR: folder, ...(GOGC !== undefined && { GOGC }), ...spec.env };
    const log = join(folder, `${name}.log`);
    const program = await supervisor.start({
      name,
      command,
      args: spec.args(ports),
      env,
      cwd: folder,
      log,
      bound,
    });
    try {
      await untilReady(program, ready, folder);
      return { server: serverOf(program, ready, folder), ports };
    } catch (error) {
      const taken = error instanceof Error && /address already in use|port is already/i.test(error.message);
      if (!taken || attempt === ATTEMPTS) throw error;
    }
  }
}

/** A server that another process has started in the bed of that folder. */
export async function attachServer(
  supervisor: Supervisor,
  { name, folder, ready }: { name: string; folder: string; ready: () => Promise<boolean> },
): Promise<Server> {
  return serverOf(await supervisor.attach(name), ready, folder);
}
