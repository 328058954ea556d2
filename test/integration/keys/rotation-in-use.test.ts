/**
 * An application that reads its Secret again and again does 50 requests a second, while its pair is replaced over and
 * over and the operator is killed at random: it is never refused. ROTATIONS=100 for as many as that takes minutes.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import type { Operator } from '../../bed/operator.ts';
import {
  edit,
  fixtures,
  makeBucket,
  readHello,
  readPair,
  ready,
  s3Client,
  s3Outcome,
  secretOf,
  until,
  usersOf,
} from '../support/fixtures.ts';
import { startReader } from '../support/reader.ts';

const ROTATIONS = Number(process.env['ROTATIONS'] ?? 30);
const inUse = await fixtures('in-use');
const { bed, cluster } = inUse;
afterAll(inUse.end);

test(
  `an application is never refused over ${ROTATIONS} rotations, the operator killed at random`,
  async () => {
    let operator: Operator = await inUse.operator();
    const store = await inUse.store();
    const bucket = await makeBucket(bed, 'in-use');
    const ref = await inUse.accessKey(await inUse.namespace(), store, {
      limited: true,
      bucketAccess: [{ bucketName: bucket, permissions: 'read_only' }],
      // Shorter than the run, so that pairs end for their time, too; longer than any pause of this machine.
      rotation: { gracePeriod: '15s' },
    });
    await ready(bed, ref);
    const reader = await startReader(bed, secretOf(ref), (client) => readHello(client, bucket));
    const ids = new Set([reader.accessKeyId]);

    let over = false;
    let kills = 0;
    const killing = (async () => {
      while (!over) {
        await sleep(200 + Math.random() * 2_500);
        await operator.kill('SIGKILL');
        kills += 1;
        operator = await inUse.operator();
      }
    })();
    const startedAt = performance.now();
    for (let keyGeneration = 2; keyGeneration < ROTATIONS + 2; keyGeneration += 1) {
      await edit(bed, ref, { keyGeneration });
      // Each pair is used before the next one comes: an application that reads again within the grace.
      await until('taken up', async () => !ids.has(reader.accessKeyId), 60_000);
      ids.add(reader.accessKeyId);
    }
    over = true;
    await killing;
    const seconds = (performance.now() - startedAt) / 1_000;
    await reader.stop();
    console.log(
      `${ROTATIONS} rotations, ${kills} kills, ${reader.requests} requests in ${seconds.toFixed(0)} s`,
    );
    expect(reader.refusals).toEqual([]);
    expect(reader.requests).toBeGreaterThan(ROTATIONS * 5);
    expect(kills).toBeGreaterThan(0);

    const current = (await ready(bed, ref)).status.accessKeyId ?? '';
    expect(ids.size).toBe(ROTATIONS + 1);
    expect(await s3Outcome(readHello(s3Client(bed.minio, await readPair(bed, secretOf(ref))), bucket))).toBe(
      'ok',
    );
    // In the end one user is left, that of the pair in the Secret.
    await until(
      'one user',
      async () => (await usersOf(store, cluster, ref)).map((user) => user.accessKeyId).join() === current,
      60_000,
    );
    expect((await ready(bed, ref)).status.previousKeys).toEqual([]);
  },
  60_000 + ROTATIONS * 10_000,
);
