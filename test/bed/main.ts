/** `npm run bed -- --out FILE [--store KIND]`: a bed that stays up until it is ended. */
import { rename, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type Bed, startBed } from './bed.ts';
import { cephObjection } from './ceph.ts';
import { createOperatorUser } from './iam-operator.ts';
import { IAM_STORES } from './iam-server.ts';
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

/** Starts the store beside MinIO, with a user for the operator in it. */
async function storeSettings(bed: Bed, store: string): Promise<Record<string, string>> {
  if (!isIamStore(store)) return {};
  const server = await IAM_STORES[store](bed);
  const system = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kube-system' } };
  const name = (await bed.api.get(system))?.metadata.uid ?? '';
  const operator = await createOperatorUser(server, { name });
  return {
    S3_ENDPOINT: server.s3Endpoint,
    IAM_ENDPOINT: server.endpoint,
    IAM_ACCOUNT: server.account,
    IAM_ROOT_ACCESS_KEY_ID: server.root.accessKeyId,
    IAM_ROOT_SECRET_ACCESS_KEY: server.root.secretAccessKey,
    IAM_OPERATOR_ACCESS_KEY_ID: operator.accessKeyId,
    IAM_OPERATOR_SECRET_ACCESS_KEY: operator.secretAccessKey,
  };
}

function isIamStore(store: string): store is keyof typeof IAM_STORES {
  return store in IAM_STORES;
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
const KINDS = ['minio', ...Object.keys(IAM_STORES)];
const { values } = parseArgs({
  options: { out: { type: 'string' }, store: { type: 'string', default: 'minio' } },
});
if (values.out === undefined || !KINDS.includes(values.store)) {
  console.error(`Usage: npm run bed -- --out FILE [--store ${KINDS.join('|')}]`);
  process.exit(2);
}
const objection = values.store === 'ceph' ? cephObjection() : undefined;
if (objection !== undefined) {
  console.error(objection);
  process.exit(1);
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
const storeOf = storeSettings(bed, values.store).catch((error: Error) => {
  console.error(error.message);
  process.exit(1);
});
const of = await Promise.race([storeOf, ended.then(() => process.exit(0))]);
const whole = `${values.out}.${process.pid}`;
await writeFile(whole, shellAssignments({ ...settings(bed), ...of }), { mode: 0o600 });
await rename(whole, values.out);
console.log(`bed: up in ${((performance.now() - started) / 1000).toFixed(1)} s; ${values.out} says where`);
await ended;
await bed.stop();
process.exit(0);
