import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { AccessKey } from '../../src/api/schema/accesskey.ts';
import type { BareMessage, BareSetup } from './bare-main.ts';

/** The ceiling's script, running. */
export interface Bare {
  readonly pid: number;
  /** Gives it a key to make. */
  take(accessKey: AccessKey): void;
  end(): Promise<void>;
}

/** Starts it; resolves when it waits for keys. */
export async function startBare(setup: BareSetup): Promise<Bare> {
  const child = fork(join(import.meta.dirname, 'bare-main.ts'), { stdio: 'inherit' });
  const send = (message: BareMessage) => child.send(message);
  send({ setup });
  await once(child, 'message');
  return {
    pid: child.pid ?? 0,
    take({ metadata: { name, namespace = '', uid } }) {
      send({ key: { name, namespace, uid } });
    },
    async end() {
      const ended = once(child, 'exit');
      child.disconnect();
      await ended;
    },
  };
}
