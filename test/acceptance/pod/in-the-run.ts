/** The test with real pods as part of `npm test`: prepared while the other tests run, run after them, within limits. */
import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import type { Counts } from '../../outcome.ts';
import type { Message } from './main.ts';

const MINUTE_MS = 60_000;

export interface Limits {
  /** Since the beginning of the run: what isn't prepared by then is left to a run that finds more of it built. */
  readonly preparedWithinMs: number;
  /** Since its turn. */
  readonly runWithinMs: number;
}

const LIMITS: Limits = { preparedWithinMs: 36 * MINUTE_MS, runWithinMs: 10 * MINUTE_MS };

export interface PodTest {
  /** Once the other tests have ended. */
  finish(): Promise<Counts>;
  readonly process: ChildProcess;
}

/** Starts to prepare. It ends with this process. */
export function startPodTest(
  program = join(import.meta.dirname, 'main.ts'),
  { preparedWithinMs, runWithinMs }: Limits = LIMITS,
  say: (line: string) => void = (line) => console.log(`pod: ${line}`),
): PodTest {
  const started = performance.now();
  const child = fork(program, [], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const prepared = Promise.withResolvers<true>();
  const ended = Promise.withResolvers<Counts>();
  const failed: Counts = { passed: 0, failed: 1, skipped: 0 };
  child.on('message', (message: Message) => {
    if ('outcome' in message) ended.resolve(message.outcome);
    else prepared.resolve(true);
  });
  child.on('error', () => ended.resolve(failed));
  // After an outcome it changes nothing.
  child.on('exit', () => ended.resolve(failed));
  return {
    async finish() {
      if (child.connected) child.send('your turn');
      const within = Math.max(0, preparedWithinMs - (performance.now() - started));
      const ready = await bounded(Promise.race([prepared.promise, ended.promise]), within, () =>
        say(`not prepared yet; waiting at most ${Math.ceil(within / MINUTE_MS)} min`),
      );
      if (ready === undefined) {
        await end(child);
        say('skipped: what it needs was not prepared in time; the next run goes on from what is built');
        return { passed: 0, failed: 0, skipped: 1 };
      }
      const counts = await bounded(ended.promise, runWithinMs);
      if (counts !== undefined) return counts;
      await end(child);
      say(`FAILED: not at its end after ${runWithinMs / MINUTE_MS} min`);
      return failed;
    },
    process: child,
  };
}

/** @param onWait called if there is something to wait for @returns undefined once the time is over */
async function bounded<T>(promise: Promise<T>, ms: number, onWait = () => {}): Promise<T | undefined> {
  const { promise: over, resolve } = Promise.withResolvers<undefined>();
  const soon = setTimeout(onWait, 1_000);
  const timer = setTimeout(() => resolve(undefined), ms);
  return Promise.race([promise, over]).finally(() => {
    clearTimeout(soon);
    clearTimeout(timer);
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((resolve) => child.on('exit', resolve));
  child.kill('SIGTERM');
  await exited;
}
