/**
 * The operator, whose start is interrupted when its log says INTERRUPT_AT: by an error (INTERRUPT_BY=error), by one in
 * what it calls next (random), or by the end of its signal (signal). Nothing here ends the process: it ends by itself
 * once nothing of the operator is open any more.
 */
import { randomBytes } from 'node:crypto';
import { readConfig } from '../../../src/config/config.ts';
import { loadConnection } from '../../../src/kube/load-connection.ts';
import { createLog } from '../../../src/log.ts';
import { run } from '../../../src/operator/run.ts';
import { TIMINGS } from '../../../src/operator/timings.ts';

const { INTERRUPT_AT: at = '', INTERRUPT_BY: by = '', ...env } = process.env;
const stop = new AbortController();
const log = createLog('info');
let interrupted = false;

function hear(message: string | undefined): void {
  if (interrupted || message !== at) return;
  interrupted = true;
  if (by === 'signal') stop.abort();
  if (by === 'error') throw new Error('interrupted');
}

const say =
  (level: 'debug' | 'info' | 'warn' | 'error') =>
  (fields: object, message?: string): void => {
    log[level](fields, message);
    hear(message);
  };

try {
  await run({
    config: readConfig([], env),
    connection: await loadConnection({ env }),
    log: { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') },
    signal: stop.signal,
    instance: 'interrupted',
    now: Date.now,
    random() {
      if (interrupted && by === 'random') throw new Error('interrupted');
      return Math.random();
    },
    randomBytes,
    timings: TIMINGS,
  });
  console.log('it resolved');
} catch (error) {
  console.log(`it failed: ${(error as Error).message}`);
}
// Says what keeps the process alive, if something does.
setTimeout(() => console.log(`open: ${process.getActiveResourcesInfo().join(', ')}`), 10_000).unref();
