/** The store's own time for the calls that the operator makes, by the number of users. */
import { randomBytes } from 'node:crypto';
import { policyName } from '../../src/ownership/names.ts';
import { newPair } from '../../src/ownership/new-pair.ts';
import { type RootClient, rootClient } from '../bed/root-client.ts';
import type { Setting } from './creation.ts';
import type { Figure } from './figures.ts';
import { cpuDuring, untilQuiet, usageOf } from './processes.ts';
import { median } from './statistics.ts';

/** The number of times that each small request is made. */
const REQUESTS = 100;
const MAX_LIST_BYTES = 64 * 1024 * 1024;

/** While nothing else runs. MinIO starts again in between. */
export async function measureStoreAlone({ stage, template }: Setting, keys: number): Promise<Figure[]> {
  const { admin, bed, pids } = stage;
  const figures: Figure[] = [];
  const figure = (name: string, unit: string, ...values: number[]) =>
    figures.push({ part: `store alone, ${keys} users`, name, unit, values });
  const client = rootClient(bed.minio);
  const list = async (name: string) => {
    const { result, cpuMs, seconds } = await cpuDuring({ minio: pids.minio }, () => listUsers(client));
    figure(`${name}: time`, 's', seconds);
    figure(`${name}: CPU`, 's', (cpuMs['minio'] ?? Number.NaN) / 1_000);
    return result;
  };
  const each = async (name: string, request: (n: number) => Promise<unknown>) => {
    const times: number[] = [];
    const { cpuMs } = await cpuDuring({ minio: pids.minio }, async () => {
      for (let n = 0; n < REQUESTS; n += 1) {
        const startedAt = performance.now();
        await request(n);
        times.push(performance.now() - startedAt);
      }
    });
    figure(`${name}: time`, 'ms', median(times));
    figure(`${name}: CPU`, 'ms', (cpuMs['minio'] ?? Number.NaN) / REQUESTS);
  };

  await untilQuiet(pids.minio);
  figure('list-users: answer', 'KiB', (await list('list-users')) / 1024);
  const ids = [...(await admin.listUsers()).values()];
  const some = Array.from({ length: REQUESTS }, (_, n) => ids[Math.floor((n * ids.length) / REQUESTS)]);
  await each('info-canned-policy', (n) => admin.getPolicy(some[n]?.policies[0] ?? ''));
  await each('user-info', (n) => admin.getUser(some[n]?.accessKeyId ?? ''));
  const policy = policyName(template.cluster, 'store-alone', 'one');
  const pairs = Array.from({ length: REQUESTS }, () => newPair(policy, randomBytes));
  await each('add-user', (n) => admin.putUser(pairs[n] ?? newPair(policy, randomBytes)));
  await each('remove-user', (n) => admin.removeUser(pairs[n]?.accessKeyId ?? ''));
  figure('resident memory', 'MiB', (await usageOf(pids.minio)).rssMib);

  await bed.minio.stop('SIGTERM');
  const startedAt = performance.now();
  await bed.minio.start();
  figure('a start: until it takes requests', 's', (performance.now() - startedAt) / 1_000);
  await list('a start: list-users');
  await untilQuiet(pids.minio);
  const usage = await usageOf(pids.minio);
  figure('a start: CPU until quiet', 's', usage.cpuMs / 1_000);
  figure('a start: peak of resident memory', 'MiB', usage.peakRssMib);
  await client.close();
  return figures;
}

/** Returns the length of the answer, in bytes. */
async function listUsers(client: RootClient): Promise<number> {
  const { body } = await client.request({
    method: 'GET',
    path: 'list-users',
    purpose: 'list the users',
    slow: true,
    maxAnswerBytes: MAX_LIST_BYTES,
  });
  return body.length;
}
