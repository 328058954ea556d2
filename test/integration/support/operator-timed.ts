/** The operator as src/main.ts composes it, with the waits that TIMINGS has: see timings.ts. */
import { randomBytes } from 'node:crypto';
import { readConfig } from '../../../src/config/config.ts';
import { loadConnection } from '../../../src/kube/load-connection.ts';
import { createLog } from '../../../src/log.ts';
import { run } from '../../../src/operator/run.ts';
import { TIMINGS } from '../../../src/operator/timings.ts';

const { TIMINGS: timings = '{}', ...env } = process.env;
const config = readConfig(process.argv.slice(2), env);
const stop = new AbortController();
process.on('SIGTERM', () => stop.abort());
try {
  await run({
    config,
    connection: await loadConnection({ env }),
    log: createLog(config.logLevel),
    signal: stop.signal,
    instance: 'timed',
    now: Date.now,
    random: Math.random,
    randomBytes,
    timings: { ...TIMINGS, ...JSON.parse(timings) },
  });
} catch (error) {
  createLog('error').error({ err: error }, 'the operator ends');
  process.exit(1);
}
