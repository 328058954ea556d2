import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Bed } from './bed.ts';
import { bundleOf } from './bundles.ts';
import { COMPILE_CACHE } from './compile-cache.ts';
import { type Exit, lineSplitter } from './supervisor-protocol.ts';

/** A line of the log as pino writes it, parsed; of one that isn't JSON, `msg` is the line. */
export interface LogLine {
  readonly msg?: string;
  readonly level?: number;
  readonly [field: string]: unknown;
}

/** The operator as a process of its own. */
export interface Operator {
  readonly pid: number;
  /** The log so far. */
  readonly lines: readonly LogLine[];
  /** The same, as it was written, stderr included. */
  readonly output: readonly string[];
  /** Resolves on the line whose msg is "ready". @throws Error with the last lines if it ends before */
  readonly ready: Promise<void>;
  readonly exited: Promise<Exit>;
  /** Resolves with the URL of /livez, /readyz and /metrics, http://127.0.0.1:PORT, once the operator has logged it. */
  readonly httpUrl: Promise<string>;
  /** Resolves with the URL of the probes alone. */
  readonly probeUrl: Promise<string>;
  /** Sends the signal (default SIGTERM) and waits for the end. */
  kill(signal?: NodeJS.Signals): Promise<Exit>;
  /** Freezes the process, as a long pause of a machine does, and wakes it up. */
  pause(): Promise<void>;
  resume(): Promise<void>;
}

export interface OperatorOptions {
  readonly bed: Bed;
  /** The path of its kubeconfig; without one it looks for itself, as in a pod. */
  readonly kubeconfig?: string | undefined;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly onLine?: (line: LogLine) => void;
  /** The file that Node runs; by default the bundle of the run's tests, or the project's src/main.ts. */
  readonly entry?: string;
  /** Node's own arguments. */
  readonly execArgv?: readonly string[];
  /** A command and its arguments that end by running what follows them, in the same process: `env`, say. */
  readonly through?: readonly string[];
}

const MAIN = join(import.meta.dirname, '..', '..', 'src', 'main.ts');

function parseLine(line: string): LogLine {
  try {
    const parsed: LogLine | string | number | null = JSON.parse(line);
    if (typeof parsed === 'object' && parsed !== null) return parsed;
  } catch {
    // Not a line of the log: an error of Node itself.
  }
  return { msg: line };
}

/** Starts the operator; it ends with this process at the latest. Nothing of this process's environment reaches it. */
export async function startOperator(options: OperatorOptions): Promise<Operator> {
  const { bed, kubeconfig, args = [], env = {}, onLine, entry = MAIN, execArgv = [] } = options;
  const bundle = bundleOf(entry);
  const program = [process.execPath, ...execArgv, bundle?.path ?? entry, ...args];
  const [command = '', ...rest] = [...(options.through ?? []), ...program];
  const lines: LogLine[] = [];
  const output: string[] = [];
  const ready = Promise.withResolvers<void>();
  const httpUrl = Promise.withResolvers<string>();
  const probeUrl = Promise.withResolvers<string>();
  const hear = (text: string) => {
    const line = parseLine(text);
    output.push(text);
    lines.push(line);
    if (line.msg === 'ready') ready.resolve();
    if (line.msg === 'serving') httpUrl.resolve(`http://${String(line['address'])}`);
    if (line.msg === 'serving probes') probeUrl.resolve(`http://${String(line['address'])}`);
    onLine?.(line);
  };
  const split = { stdout: lineSplitter(hear), stderr: lineSplitter(hear) };
  const started = await bed.supervisor.start(
    {
      name: `operator-${randomBytes(4).toString('hex')}`,
      command,
      args: rest,
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: bed.folder,
        ...(bundle?.env ?? COMPILE_CACHE),
        ...(kubeconfig !== undefined && { KUBECONFIG: kubeconfig }),
        // Several run on one machine; `httpUrl` and `probeUrl` say where.
        ACCESSKEYS_HTTP_ADDRESS: '127.0.0.1:0',
        ACCESSKEYS_PROBE_ADDRESS: '127.0.0.1:0',
        ...env,
      },
      cwd: bed.folder,
      bound: true,
    },
    (text, stream) => split[stream](text),
  );
  const { exited } = started;
  void exited.then(({ code, signal }) => {
    ready.reject(
      new Error(
        `the operator ended (${code ?? signal}) before it was ready:\n${output.slice(-10).join('\n')}`,
      ),
    );
  });
  // A test that doesn't wait for it needn't hear of it.
  ready.promise.catch(() => {});
  return {
    pid: started.pid,
    lines,
    output,
    ready: ready.promise,
    exited,
    httpUrl: httpUrl.promise,
    probeUrl: probeUrl.promise,
    kill: (signal) => started.stop(signal),
    pause: () => started.pause(),
    resume: () => started.resume(),
  };
}
