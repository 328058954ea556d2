import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { ConfigError, readConfig, usage } from './config/config.ts';
import { ConnectionError } from './kube/connection.ts';
import { loadConnection } from './kube/load-connection.ts';
import { createLog } from './log.ts';
import { run } from './operator/run.ts';
import { TIMINGS } from './operator/timings.ts';
import { NotLeaderError } from './runtime/not-leader-error.ts';

/** Turns configuration and signals into an exit code. The operator is in operator/run.ts. */
async function main(): Promise<number> {
  const args = process.argv.slice(2);
  if (args.includes('--help')) {
    console.log(usage());
    return 0;
  }
  const config = readConfig(args, process.env);
  const log = createLog(config.logLevel);
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (stop.signal.aborted) process.exit(1);
      log.info({ signal }, 'stopping');
      stop.abort();
    });
  }
  process.on('unhandledRejection', (error) => {
    log.error({ err: error }, 'unhandled rejection; exiting');
    process.exit(1);
  });
  const connection = await loadConnection({ env: process.env });
  await run({
    config,
    connection,
    log,
    signal: stop.signal,
    instance: hostname(),
    now: Date.now,
    random: Math.random,
    randomBytes,
    timings: TIMINGS,
  });
  log.info({}, 'stopped');
  return 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  // The error is already in the log. Open connections would keep the process alive.
  if (error instanceof NotLeaderError) process.exit(1);
  if (error instanceof ConfigError || error instanceof ConnectionError) {
    console.error(`access-key-operator: ${error.message}`);
  } else {
    createLog('error').error({ err: error }, 'the operator exits');
  }
  process.exitCode = 1;
}
