import { describe, expect, test } from 'vitest';
import { type OwnerlessPolicy, readOwnerlessPolicies } from '../../../src/objectstore/ownerless.ts';
import { encodeMark, type MarkFlag } from '../../../src/ownership/mark.ts';
import { MINIO } from '../../../src/provider/minio/traits.ts';
import type { Store } from '../../../src/provider/provider.ts';

const HOUR = 3_600_000;
const RULES = {
  form: MINIO.form,
  extraActions: [],
  everyKeyMay: { listBuckets: true, createBuckets: false },
};
const { signal } = new AbortController();

/** A store whose policies have the flags that are said, and what was read of it. */
function policies(flagsOf: (name: string) => readonly MarkFlag[] = () => ['retained']) {
  let limit = Number.POSITIVE_INFINITY;
  const reads: string[] = [];
  const client = {
    readPolicy: async (name: string) => {
      if (reads.length >= limit) throw new Error('interrupted');
      reads.push(name);
      const mark = encodeMark({
        clusterUid: 'c',
        accessKeyUid: name,
        flags: new Set(flagsOf(name)),
        label: '',
      });
      return { mark, content: { Statement: [] } };
    },
  } as Partial<Store> as Store;
  const known = new Map<string, OwnerlessPolicy>();
  return {
    known,
    interruptAfter: (count: number) => {
      limit = count;
    },
    async sweep(names: readonly string[], now: number): Promise<string[]> {
      reads.length = 0;
      await readOwnerlessPolicies(known, new Set(names), { client, rules: RULES, now, signal });
      return [...reads];
    },
  };
}

const names = (count: number) => Array.from({ length: count }, (_, n) => `policy-${n}`);

describe('the policies of users without an AccessKey', () => {
  test('are read once an hour for kept keys, not in every sweep', async () => {
    const { sweep } = policies();
    expect(await sweep(names(3), 0)).toHaveLength(3);
    expect(await sweep(names(3), HOUR / 2)).toEqual([]);
    expect(await sweep(names(3), HOUR)).toHaveLength(3);
  });

  test('are read once each if they are many, then 200 in a sweep, in turns', async () => {
    const { sweep, known } = policies();
    expect(await sweep(names(500), 0)).toHaveLength(500);
    expect(known.size).toBe(500);
    const rounds = [];
    for (const ms of [0, 1, 2]) rounds.push(await sweep(names(500), HOUR + ms));
    expect(rounds.map((round) => round.length)).toEqual([200, 200, 100]);
    expect(new Set(rounds.flat()).size).toBe(500);
    expect(await sweep(names(500), HOUR + 3)).toEqual([]);
  });

  test('stay known if the sweep that read them was interrupted', async () => {
    const { sweep, known, interruptAfter } = policies();
    interruptAfter(100);
    await expect(sweep(names(500), 0)).rejects.toThrow('interrupted');
    expect(known.size).toBeGreaterThanOrEqual(100);
    const before = known.size;
    interruptAfter(Number.POSITIVE_INFINITY);
    expect(await sweep(names(500), 1)).toHaveLength(500 - before);
  });

  test('are read in every sweep for orphans, after those that were never read', async () => {
    const { sweep } = policies((name) => (name === 'policy-0' ? [] : ['retained']));
    await sweep(names(2), HOUR);
    expect(await sweep(names(3), HOUR + 1_000)).toEqual(['policy-2', 'policy-0']);
  });

  test('are forgotten once their user is gone or has an AccessKey again', async () => {
    const { sweep, known } = policies();
    await sweep(names(3), 0);
    await sweep(names(1), 1);
    expect([...known.keys()]).toEqual(['policy-0']);
  });
});
