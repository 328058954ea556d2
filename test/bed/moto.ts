/**
 * Starts moto, which speaks AWS's own dialect of IAM: its errors, its managed policies, the details of an account. It
 * enforces nothing.
 */
import { randomBytes } from 'node:crypto';
import { ask } from './ask.ts';
import { type Server, startServer } from './server.ts';
import type { Supervisor } from './supervise.ts';

export interface Moto {
  /** The API of every service: http://127.0.0.1:PORT */
  readonly endpoint: string;
  readonly server: Server;
}

/** Python, with moto where it finds it. */
export interface MotoTool {
  readonly command: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
}

/** Starts one with an account of its own. */
export async function startMoto(
  supervisor: Supervisor,
  options: MotoTool & { folder: string; bound?: boolean },
): Promise<Moto> {
  const { command, env, folder, bound = false } = options;
  const [python, ...before] = command;
  const endpointOf = (ports: readonly number[]) => `http://127.0.0.1:${ports[0]}`;
  const { server, ports } = await startServer(supervisor, {
    name: `moto-${randomBytes(4).toString('hex')}`,
    command: python,
    portCount: 1,
    env,
    folder,
    bound,
    args: (ports) => [...before, '-H', '127.0.0.1', '-p', String(ports[0])],
    ready: async (ports) => (await ask(`${endpointOf(ports)}/moto-api/data.json`)).status === 200,
  });
  return { endpoint: endpointOf(ports), server };
}
