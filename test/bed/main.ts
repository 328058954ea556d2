/** `npm run bed -- --out FILE`: a bed by itself, until it is ended. */
import { rename, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type Bed, startBed } from './bed.ts';
import { shellAssignments } from './shell-assignments.ts';

const PARENT_POLL_MS = 300;

/** Resolves when somebody wants this process to end: a signal, or the end of the process that started it. */
function untilEnded(parent: number): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve(signal));
    const timer = setInterval(() => {
      if (process.ppid === parent) return;
      clearInterval(timer);
      resolve('the end of the process that started it');
    }, PARENT_POLL_MS);
  });
}

function settings({ adminKubeconfig, minio }: Bed): Record<string, string> {
  return {
    KUBECONFIG: adminKubeconfig,
    MINIO_ENDPOINT: minio.endpoint,
    MINIO_ROOT_USER: minio.rootUser,
    MINIO_ROOT_PASSWORD: minio.rootPassword,
  };
}

const ended = untilEnded(process.ppid);
const { values } = parseArgs({ options: { out: { type: 'string' } } });
if (values.out === undefined) {
  console.error('Usage: npm run bed -- --out FILE');
  process.exit(2);
}

// A bed half up needs no care: what there is of it ends with this process.
void ended.then(async (why) => {
  console.log(`bed: ended by ${why}`);
  await sleep(5000, undefined, { ref: false });
  process.exit(1);
});

const started = performance.now();
const starting = startBed({ log: console.log }).catch((error: Error) => {
  console.error(error.message);
  process.exit(1);
});
const bed = await Promise.race([starting, ended.then(() => process.exit(0))]);
const whole = `${values.out}.${process.pid}`;
await writeFile(whole, shellAssignments(settings(bed)), { mode: 0o600 });
await rename(whole, values.out);
console.log(`bed: up in ${((performance.now() - started) / 1000).toFixed(1)} s; ${values.out} says where`);
await ended;
await bed.stop();
process.exit(0);
