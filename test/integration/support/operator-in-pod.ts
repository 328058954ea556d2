/** The operator as a pod runs it, with its ServiceAccount's token in the folder that SERVICE_ACCOUNT names: the composition of src/main.ts. */
import { randomBytes } from 'node:crypto';
import { readConfig } from '../../../src/config/config.ts';
import { loadConnection } from '../../../src/kube/load-connection.ts';
import { createLog } from '../../../src/log.ts';
import { run } from '../../../src/operator/run.ts';
import { TIMINGS } from '../../../src/operator/timings.ts';

const { SERVICE_ACCOUNT: serviceAccountDirectory = '', KUBECONFIG: _, ...env } = process.env;
const stop = new AbortController();
process.on('SIGTERM', () => stop.abort());
await run({
  config: readConfig(['--leader-elect=false'], env),
  connection: await loadConnection({ env, serviceAccountDirectory }),
  log: createLog('info'),
  signal: stop.signal,
  instance: 'in-pod',
  now: Date.now,
  random: Math.random,
  randomBytes,
  timings: TIMINGS,
});
