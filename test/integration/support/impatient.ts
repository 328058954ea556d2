/** The operator as src/main.ts composes it, with shorter waits: for tests of faults that it outlasts by trying again. */
import { randomBytes } from 'node:crypto';
import { readConfig } from '../../../src/config/config.ts';
import { loadConnection } from '../../../src/kube/load-connection.ts';
import { createLog } from '../../../src/log.ts';
import { run } from '../../../src/operator/run.ts';
import { IMPATIENT_TIMINGS } from './impatience.ts';

const config = readConfig(process.argv.slice(2), process.env);
const stop = new AbortController();
process.on('SIGTERM', () => stop.abort());
try {
  await run({
    config,
    connection: await loadConnection({ env: process.env }),
    log: createLog(config.logLevel),
    signal: stop.signal,
    instance: 'impatient',
    now: Date.now,
    random: Math.random,
    randomBytes,
    timings: IMPATIENT_TIMINGS,
  });
} catch (error) {
  createLog('error').error({ err: error }, 'the operator ends');
  process.exit(1);
}
