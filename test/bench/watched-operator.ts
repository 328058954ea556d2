/** An operator of which its requests, its CPU and the longest hold-up of its event loop can be asked. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Operator } from '../bed/operator.ts';
import { type Usage, untilQuiet, usageOf } from './processes.ts';
import { type Requests, requestsIn } from './requests.ts';
import type { Stage, StageOperator } from './stage.ts';

export interface WatchedOperator extends Operator {
  /** Its requests since it started, as its own metrics count them. */
  requests(): Promise<Requests>;
  /** The longest hold-up of the event loop since it was asked last, at first since it began to serve, in ms. */
  longestBlockMs(): Promise<number>;
  /** Leaves the event loop alone, since to watch it takes CPU, until it is asked for the longest hold-up again. */
  unwatchLoop(): void;
  usage(): Promise<Usage>;
  /** Resolves once it has used less than 5 % of a core for 1.5 s; gives the time of that rest's beginning. */
  quiet(): Promise<number>;
  /** Waits for the next line of that message. */
  line(message: string): Promise<void>;
}

export async function startWatched(
  stage: Stage,
  options: Pick<StageOperator, 'args' | 'leads'> = {},
): Promise<WatchedOperator> {
  const execArgv = ['--import', join(import.meta.dirname, 'loop-delay.mjs')];
  const operator = await stage.operator({ ...options, execArgv });
  const usage = () => usageOf(operator.pid);
  const lastOf = (message: string) => operator.lines.filter(({ msg }) => msg === message);

  async function nextLine(message: string, before: number) {
    for (;;) {
      const line = lastOf(message)[before];
      if (line) return line;
      await sleep(20);
    }
  }

  return {
    ...operator,
    usage,
    line: async (message) => void (await nextLine(message, lastOf(message).length)),
    async requests() {
      const answer = await fetch(`${await operator.httpUrl}/metrics`);
      return requestsIn(await answer.text());
    },
    async longestBlockMs() {
      const before = lastOf('event loop').length;
      process.kill(operator.pid, 'SIGUSR2');
      return Number((await nextLine('event loop', before))['maxMs']);
    },
    unwatchLoop: () => void process.kill(operator.pid, 'SIGWINCH'),
    quiet: () => untilQuiet(operator.pid),
  };
}
