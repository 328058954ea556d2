/**
 * A MinIO of four nodes behind a load balancer: all of them well, one killed, one frozen, one cut off the network. For
 * what it reads or writes, MinIO waits for a node that hangs; it waits for its drive timeout, 30 s by default.
 * NODES_KEYS=20 NODES_DRIVE_TIMEOUT=30s is the whole of it, and takes the better part of an hour.
 */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createMinioStore, type MinioStore } from '../../../src/provider/minio/admin.ts';
import type { Pair } from '../../../src/provider/provider.ts';
import type { Bed } from '../../bed/bed.ts';
import { type MinioNode, noNodesBecause, startMinioNodes } from '../../bed/minio-nodes.ts';
import { type RoundRobin, startRoundRobin } from '../../bed/round-robin.ts';
import { type Fixtures, fixtures, ready, storeReady, type TestStore, until } from '../support/fixtures.ts';
import { newPair } from '../support/minio-server.ts';
import { watchPairs } from '../support/pair-watcher.ts';

const KEYS = Number(process.env['NODES_KEYS'] ?? 4);
const DRIVE_TIMEOUT = process.env['NODES_DRIVE_TIMEOUT'] ?? '6s';
/** The maximum time of a test, in ms. */
const LIMIT_MS = 3_600_000;
/** The time in which a healthy node writes all that a key needs, in ms; on a busy machine, too. */
const HEALTHY_MS = 3_000;
/** The maximum time until all nodes are healthy again, in ms. */
const HEALED_MS = 240_000;
/** The maximum time of a key, as a multiple of the time that the store itself takes for one. */
const FACTOR = 4;
/** The additional time in which the operator learns how slow the store is. */
const LEARNING_MS = 120_000;

const WHY_NOT = noNodesBecause();
if (WHY_NOT !== undefined) console.log(`skipped: a MinIO of several nodes: ${WHY_NOT}`);

describe.skipIf(WHY_NOT !== undefined)('a MinIO of four nodes', () => {
  let several: Fixtures;
  let bed: Bed;
  let nodes: MinioNode[];
  let balancer: RoundRobin;
  let store: TestStore;
  let namespace: string;

  beforeAll(async () => {
    several = await fixtures('nodes');
    bed = several.bed;
    nodes = await startMinioNodes(bed, { driveTimeout: DRIVE_TIMEOUT });
    const [first] = nodes;
    if (!first) throw new Error('there are no nodes');
    balancer = await startRoundRobin(
      nodes.map(({ endpoint }) => endpoint),
      '/minio/health/live',
    );
    store = await several.store({ minio: first, endpoint: balancer.url });
    await several.operator();
    await storeReady(bed, store.ref);
    await untilJoined(first);
    namespace = await several.namespace();
  }, 120_000);
  afterAll(async () => {
    await untilHealed();
    await several.end();
    await balancer?.close();
  }, 2 * HEALED_MS);

  const adminOf = ({ endpoint, rootUser, rootPassword }: MinioNode): MinioStore =>
    createMinioStore({
      endpoint,
      credentials: { accessKeyId: rootUser, secretAccessKey: rootPassword },
      timeoutMs: LIMIT_MS,
    });

  /** Writes by a node all that a key needs. */
  async function writeUser(node: MinioNode): Promise<Pair> {
    const admin = adminOf(node);
    const name = `needed-${randomBytes(4).toString('hex')}`;
    const pair = newPair();
    const statement = { Effect: 'Allow', Action: ['s3:GetObject'], Resource: ['arn:aws:s3:::a/*'] } as const;
    await admin.putPolicy(name, { ID: '', Version: '2012-10-17', Statement: [statement] });
    await admin.putUser(pair);
    await admin.setUserPolicies(pair.accessKeyId, [name]);
    await admin.close();
    return pair;
  }

  /** Waits until the nodes write fast again: for a while, they also write what a node has missed. */
  async function untilHealed(): Promise<void> {
    const [first] = nodes ?? [];
    if (!first) return;
    const isFast = async () => {
      const since = performance.now();
      await writeUser(first);
      return performance.now() - since < HEALTHY_MS;
    };
    await until('healed', async () => (await isFast()) && (await isFast()), HEALED_MS);
  }

  /** Waits until every node takes a pair of the first one: a node that has just started may not hear of it yet. */
  async function untilJoined(first: MinioNode): Promise<void> {
    const pair = await writeUser(first);
    for (const node of nodes) {
      const admin = adminOf(node);
      await until('joined', async () => (await admin.probe(pair)).kind === 'works', 60_000);
      await admin.close();
    }
  }

  /** Issues keys, and tries each pair on each of these nodes the moment its Secret appears. */
  async function issue(living: readonly MinioNode[]): Promise<void> {
    const [first] = living;
    if (!first) throw new Error('no node lives');
    const writingSince = performance.now();
    await writeUser(first);
    const needMs = performance.now() - writingSince;
    const watchers = await Promise.all(living.map((node) => watchPairs(bed, node, namespace)));
    const startedAt = performance.now();
    const refs = await Promise.all(
      Array.from({ length: KEYS }, () => several.accessKey(namespace, store, { limited: true })),
    );
    const timeoutMs = FACTOR * needMs * Math.ceil(KEYS / living.length) + LEARNING_MS;
    const keys = await Promise.all(refs.map((ref) => ready(bed, ref, { timeoutMs })));
    const seconds = (ms: number) => (ms / 1000).toFixed(1);
    console.log(
      `${KEYS} keys in ${seconds(performance.now() - startedAt)} s, of which a node takes ${seconds(needMs)} s for one`,
    );
    const ids = keys.map(({ status }) => status.accessKeyId ?? '');
    for (const watcher of watchers) {
      for (const id of ids) expect(await watcher.used(id)).toBe('ok');
      await watcher.stop();
    }
  }

  const last = (): MinioNode => {
    const node = nodes.at(-1);
    if (!node) throw new Error('there are no nodes');
    return node;
  };

  test('issues keys that every node accepts immediately', () => issue(nodes), LIMIT_MS);

  test(
    'issues keys while one node is dead',
    async () => {
      await last().stop();
      await issue(nodes.slice(0, -1));
      await last().start();
    },
    LIMIT_MS,
  );

  test(
    'issues keys while one node is frozen',
    async () => {
      await last().pause();
      await issue(nodes.slice(0, -1));
      await last().resume();
    },
    LIMIT_MS,
  );

  test(
    'issues keys while one node is off the network',
    async () => {
      last().cut();
      await issue(nodes.slice(0, -1));
      last().mend();
    },
    LIMIT_MS,
  );
});
