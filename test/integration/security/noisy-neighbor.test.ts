/**
 * The delay of a tenant's key by another tenant of the same store: it goes before most of that tenant's crowd of keys.
 * Beside a flood of records it takes a small multiple of its time beside a flood of other texts, in the same run.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ANNOTATION_PREVIOUS_KEYS, API_VERSION } from '../../../src/api/names.ts';
import { newAccessKeyId } from '../../../src/ownership/names.ts';
import type { Operator } from '../../bed/operator.ts';
import {
  accessKeyRef,
  fixtures,
  limitedKey,
  type NamespacedRef,
  policyOf,
  ready,
  secretOf,
  secretRef,
  type TestStore,
  until,
} from '../support/fixtures.ts';

const noisy = await fixtures('noisy');
const { bed, cluster } = noisy;
/** Keys of the tenant who has many: seconds of work. */
const CROWD = 240;
/** The number of those keys whose Secrets that tenant floods. */
const FLOODED = 16;
/**
 * The maximum factor by which records, which the operator must read, delay a key more than texts of the same length.
 */
const BESIDE_RECORDS = 10;

let crowded: string;
let single: string;
let store: TestStore;
let beside: TestStore;
let operator: Operator;
/** Keys of the crowd whose Secrets are flooded. */
let refs: NamespacedRef[];
/** Secrets that are none of the operator's. */
let plain: NamespacedRef[];

const limited = limitedKey({ photos: 'read_write' });

beforeAll(async () => {
  crowded = await noisy.namespace('crowded');
  single = await noisy.namespace('single');
  store = await noisy.store();
  beside = await noisy.store();
  operator = await noisy.operator();
  const names = Array.from({ length: FLOODED }, (_, n) => `one-of-many-${n}`);
  refs = names.map((name) => accessKeyRef(crowded, name));
  plain = names.map((name) => secretRef(crowded, `plain-${name}`));
  await Promise.all(
    plain.map(({ apiVersion, kind, metadata }) => bed.api.create({ apiVersion, kind, metadata })),
  );
});
afterAll(noisy.end, 240_000);

async function inParallel<T>(
  items: Iterable<T>,
  work: (item: T) => Promise<unknown>,
  atOnce = 16,
): Promise<void> {
  const rest = items[Symbol.iterator]();
  const all = { [Symbol.iterator]: () => rest };
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (const item of all) await work(item);
    }),
  );
}

interface Times {
  readonly created: number;
  readonly deleted: number;
}

/** Returns the time until a new key of the single tenant is Ready, and until its deletion is done, in ms. */
async function timesOf(of: TestStore): Promise<Times> {
  const startedAt = performance.now();
  const ref = await noisy.accessKey(single, of, limited);
  await ready(bed, ref, { timeoutMs: 120_000 });
  const readyAt = performance.now();
  await bed.api.delete(ref);
  await bed.api.waitGone(ref, { timeoutMs: 120_000 });
  return { created: readyAt - startedAt, deleted: performance.now() - readyAt };
}

async function worstOf(tries: number, of: TestStore): Promise<Times> {
  const worst = { created: 0, deleted: 0 };
  for (let n = 0; n < tries; n += 1) {
    const { created, deleted } = await timesOf(of);
    worst.created = Math.max(worst.created, created);
    worst.deleted = Math.max(worst.deleted, deleted);
  }
  return worst;
}

async function unready(namespace: string): Promise<number> {
  const all = await bed.api.list({ apiVersion: API_VERSION, kind: 'AccessKey', namespace });
  return all.filter(
    ({ status }) => !status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'),
  ).length;
}

test('a single key is made and revoked while hundreds of another tenant wait', async () => {
  await operator.kill();
  await inParallel(Array.from({ length: CROWD }).keys(), (n) =>
    noisy.accessKey(crowded, store, limited, `one-of-many-${n}`),
  );
  operator = await noisy.restart();
  await until('at work', async () => (await unready(crowded)) < CROWD, 60_000);
  await timesOf(store);
  const left = await unready(crowded);
  console.log({ left });
  // Most of them waited all the time: behind them, it would have come last.
  expect(left).toBeGreaterThan(CROWD / 2);
  await until('all ready', async () => (await unready(crowded)) === 0, 240_000);
});

/**
 * A flood of records, and of texts as long in Secrets that are none of the operator's: what the API server's load
 * costs.
 */
async function timesBeside(
  targets: readonly NamespacedRef[],
  annotation: string,
  textOf: (n: number, round: number) => string,
): Promise<Record<'same' | 'other', Times>> {
  let flooding = true;
  let round = 0;
  const flood = inParallel(
    endless(targets.entries(), () => flooding),
    async ([n, ref]) => {
      round += 1;
      await bed.api.patch(ref, { metadata: { annotations: { [annotation]: textOf(n, round) } } });
    },
    4,
  );
  const times = { same: await worstOf(2, store), other: await worstOf(2, beside) };
  flooding = false;
  await flood;
  return times;
}

const invented = (n: number, round: number) =>
  idsOf(refs[n] as NamespacedRef, 4_300, round).map((id) => `{"accessKeyId":"${id}","revokeAt":"2027"}`);
const tiny = (_n: number, round: number) =>
  Array.from({ length: 6_000 }, (_, n) => `{"accessKeyId":"${n + round}","revokeAt":"2"}`);

test.each([
  ['invented ids', invented],
  ['tiny entries', tiny],
])(
  'a single key is made and revoked while another tenant writes records of thousands of %s',
  async (_what, entries) => {
    const textOf = (n: number, round: number) => `[${entries(n, round).join()}]`;
    const besideTexts = await timesBeside(plain, 'example.com/text', textOf);
    const besideRecords = await timesBeside(refs.map(secretOf), ANNOTATION_PREVIOUS_KEYS, textOf);
    console.log({ besideTexts, besideRecords });
    for (const where of ['same', 'other'] as const) {
      expect(besideRecords[where].created).toBeLessThan(BESIDE_RECORDS * besideTexts[where].created);
      expect(besideRecords[where].deleted).toBeLessThan(BESIDE_RECORDS * besideTexts[where].deleted);
    }
  },
);

function* endless<T>(items: Iterable<T>, goesOn: () => boolean): Iterable<T> {
  const all = [...items];
  while (goesOn()) yield* all;
}

/** Ids that carry the AccessKey's tag, others in each round. */
function idsOf(ref: NamespacedRef, count: number, round: number): string[] {
  const policy = policyOf(cluster, ref);
  return Array.from({ length: count }, (_, n) => {
    const bytes = Buffer.alloc(8);
    bytes.writeUInt32BE(round, 0);
    bytes.writeUInt32BE(n << 8, 4);
    return newAccessKeyId(policy, () => bytes);
  });
}
