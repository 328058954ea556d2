/**
 * An operator is frozen when it has made and proved a pair and is about to publish it; another one goes on with the
 * key, and then the first one's write arrives after all (rule 3).
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  accessKeyRef,
  edit,
  fixtures,
  limitedKey,
  type NamespacedRef,
  readPair,
  ready,
  s3Client,
  s3Outcome,
  samePair,
  secretOf,
  until,
  usersOf,
} from '../support/fixtures.ts';
import { type PairWatcher, watchPairs } from '../support/pair-watcher.ts';
import { type Proxied, proxied } from '../support/proxied.ts';

const suite = await fixtures('late-publish');
const { bed, cluster } = suite;
let behind: Proxied;
let namespace: string;
let watcher: PairWatcher;

beforeAll(async () => {
  behind = await proxied(suite);
  namespace = await suite.namespace();
  watcher = await watchPairs(bed, bed.minio, namespace);
});
afterAll(async () => {
  // Those of the tests are dead, and keys are revoked by one that runs.
  await suite.operator();
  await suite.end();
  await behind.close();
});

const SPEC = limitedKey({ photos: 'read_only' });
const users = async (ref: NamespacedRef) =>
  (await usersOf(behind.store, cluster, ref)).map(({ accessKeyId }) => accessKeyId);

test.each([
  { what: 'a rotation that is taken back', publishes: 'PATCH', after: 1, newPair: false },
  { what: 'a rotation that the other one finishes', publishes: 'PATCH', after: 2, newPair: true },
  { what: 'a first creation', publishes: 'POST', after: 1, newPair: true },
])(
  '$what: the late write fails, and the pair in the Secret works',
  async ({ publishes, after, newPair }) => {
    const frozen = await behind.operator();
    const ref = accessKeyRef(namespace, `key-${publishes.toLowerCase()}-${after}`);
    const create = () => suite.accessKey(namespace, behind.store, SPEC, ref.metadata.name);
    const rotate = (keyGeneration: number) => edit(bed, ref, { keyGeneration });
    if (publishes === 'PATCH') {
      await create();
      await ready(bed, ref);
      await behind.quiet();
    }
    const known = publishes === 'PATCH' ? await readPair(bed, secretOf(ref)) : undefined;
    const stopped = behind.freezeAt(frozen, `api ${publishes} secrets`);
    await (publishes === 'PATCH' ? rotate(2) : create());
    const { deliver } = await stopped;
    const [late] = (await users(ref)).filter((id) => id !== known?.accessKeyId);
    expect(late).toBeDefined();

    if (publishes === 'PATCH' && after === 1) await rotate(1);
    const other = await suite.operator();
    await until(
      'the user removed',
      async () => late !== undefined && !(await users(ref)).includes(late),
      60_000,
    );
    const { status } = await ready(bed, ref);
    expect(status.accessKeyId !== known?.accessKeyId).toBe(newPair);
    const pair = await readPair(bed, secretOf(ref));

    expect(await deliver()).toBe(409);
    await frozen.resume();
    await behind.quiet();
    expect(samePair(await readPair(bed, secretOf(ref)), pair)).toBe(true);
    expect(await s3Outcome(s3Client(bed.minio, pair).listBuckets())).toBe('ok');
    expect((await ready(bed, ref)).status.accessKeyId).toBe(pair.accessKeyId);
    expect(await users(ref)).not.toContain(late);
    await Promise.all([frozen.kill('SIGKILL'), other.kill('SIGTERM')]);
  },
  180_000,
);

test('no pair was refused that could be seen in a Secret', async () => {
  await watcher.stop();
  expect(watcher.outcomes.size).toBe(4);
  expect(new Set(watcher.outcomes.values())).toEqual(new Set(['ok']));
});
