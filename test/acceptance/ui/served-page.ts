/** `kubectl accesskey ui` as a person starts it, and the link that it prints. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';

export interface ServedPage {
  /** Works once. */
  readonly link: string;
  /** http://127.0.0.1:PORT */
  readonly origin: string;
  readonly process: ChildProcess;
  /** Everything that the command has said so far. */
  said(): string;
  /** Ends it as Ctrl-C does. @returns the exit code */
  end(): Promise<number>;
}

/**
 * Starts the page with kubectl and the plugin of a folder.
 * @throws Error with the command's output if it ends before it prints a link
 */
export async function servePage(
  bin: string,
  env: Readonly<Record<string, string>>,
  args: readonly string[] = [],
): Promise<ServedPage> {
  const child = spawn(join(bin, 'kubectl'), ['accesskey', 'ui', '--no-open', ...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  const ended = new Promise<number>((resolve) => child.on('exit', (code) => resolve(code ?? -1)));
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      said += chunk;
      const [link] = /^http:\/\/127\.0\.0\.1:\d+\/\?token=\S+$/m.exec(said) ?? [];
      if (link !== undefined) resolve(link);
    });
  void ended.then((code) => reject(new Error(`the page ended with ${code}: ${said}`)));
  const link = await promise;
  return {
    link,
    origin: new URL(link).origin,
    process: child,
    said: () => said,
    end() {
      child.kill('SIGINT');
      return ended;
    },
  };
}
