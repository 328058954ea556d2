import { describe, expect, test } from 'vitest';
import { type OwnerlessPolicy, readOwnerlessPolicies } from '../../../src/objectstore/ownerless.ts';
import { encodeMark, type MarkFlag } from '../../../src/ownership/mark.ts';
import { MINIO_ACTIONS } from '../../../src/provider/minio/actions.ts';
import type { Store } from '../../../src/provider/provider.ts';

const HOUR = 3_600_000;
const RULES = {
  actions: MINIO_ACTIONS,
  extraActions: [],
  everyKeyMay: { listBuckets: true, createBuckets: false },
};
const { signal } = new AbortController();

/** A store whose policies have the flags that are said, and what was read of it. */
function policies(flagsOf: (name: string) => readonly MarkFlag[] = () => ['retained']) {
  const reads: string[] = [];
  const client = {
    getPolicy: async (name: string) => {
      reads.push(name);
      const id = encodeMark({
        clusterUid: 'c',
        accessKeyUid: name,
        flags: new Set(flagsOf(name)),
        label: '',
      });
      return { id, document: { Statement: [] } };
    },
  } as Partial<Store> as Store;
  const known = new Map<string, OwnerlessPolicy>();
  return {
    known,
    async sweep(names: readonly string[], now: number): Promise<string[]> {
      reads.length = 0;
      await readOwnerlessPolicies(known, new Set(names), { client, rules: RULES, now, signal });
      return [...reads];
    },
  };
}

const names = (count: number) => Array.from({ length: count }, (_, n) => `policy-${n}`);

describe('policies of users without an AccessKey', () => {
  test('kept keys are read once an hour, not in every sweep', async () => {
    const { sweep } = policies();
    expect(await sweep(names(3), 0)).toHaveLength(3);
    expect(await sweep(names(3), HOUR / 2)).toEqual([]);
    expect(await sweep(names(3), HOUR)).toHaveLength(3);
  });

  test('of many, 200 are read in a sweep, each has its turn, and none is read twice before', async () => {
    const { sweep, known } = policies();
    const rounds = [await sweep(names(500), 0), await sweep(names(500), 1), await sweep(names(500), 2)];
    expect(rounds.map((round) => round.length)).toEqual([200, 200, 100]);
    expect(new Set(rounds.flat()).size).toBe(500);
    expect(known.size).toBe(500);
    expect(await sweep(names(500), 3)).toEqual([]);
  });

  test('orphans are read in every sweep, after those that were never read', async () => {
    const { sweep } = policies((name) => (name === 'policy-0' ? [] : ['retained']));
    await sweep(names(2), HOUR);
    expect(await sweep(names(3), HOUR + 1_000)).toEqual(['policy-2', 'policy-0']);
  });

  test('a user that is gone or has an AccessKey again is forgotten', async () => {
    const { sweep, known } = policies();
    await sweep(names(3), 0);
    await sweep(names(1), 1);
    expect([...known.keys()]).toEqual(['policy-0']);
  });
});
