/** Programs of the machine, for the test with a real pod. */
import { spawn } from 'node:child_process';

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly cwd?: string;
  /** After which it is killed. */
  readonly timeoutMs?: number;
}

/**
 * Runs a program to its end.
 * @returns what it wrote to stdout
 * @throws Error with the end of its output if it fails
 */
export async function run(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const { env = {}, input = '', cwd, timeoutMs: timeout } = options;
  const child = spawn(command, args, {
    env: { ...process.env, ...env },
    cwd,
    timeout,
    killSignal: 'SIGKILL',
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let [stdout, all] = ['', ''];
  child.stdout.on('data', (text) => {
    stdout += text;
    all += text;
  });
  child.stderr.on('data', (text) => {
    all += text;
  });
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0) return resolve(stdout);
      reject(new Error(`${command} ${args[0]} ended with ${code ?? signal}:\n${all.slice(-3000)}`));
    });
  });
}
