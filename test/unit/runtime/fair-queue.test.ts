import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Classification, createFairQueue, type FairQueue } from '../../../src/runtime/fair-queue.ts';
import { createWorkqueue } from '../../../src/runtime/workqueue.ts';

/** `a/x/1` is of group `a` and flow `x`, and `a/x/1!` is urgent. */
function classify(key: string): Classification {
  const [group = '', flow = ''] = key.split('/');
  return { group, flow, urgent: key.endsWith('!') };
}

function taken(queue: FairQueue, most = Number.POSITIVE_INFINITY): string[] {
  const keys: string[] = [];
  for (let key = next(); key !== undefined; key = next()) keys.push(key);
  return keys;

  function next(): string | undefined {
    return keys.length < most ? queue.take() : undefined;
  }
}

/** Takes and releases one key after the other, as one worker does. */
function worked(queue: FairQueue, most = Number.POSITIVE_INFINITY): string[] {
  const keys: string[] = [];
  while (keys.length < most) {
    const key = queue.take();
    if (key === undefined) break;
    keys.push(key);
    queue.release(key);
  }
  return keys;
}

const numbered = (prefix: string, count: number) => Array.from({ length: count }, (_, n) => `${prefix}/${n}`);

function filled(keys: readonly string[], limit: () => number): FairQueue {
  const queue = createFairQueue({ classify, limit });
  for (const key of keys) queue.add(key);
  return queue;
}

test('without options keys come oldest first, without a limit', () => {
  const queue = createFairQueue();
  for (const key of ['b/1', 'a/1', 'b/2']) queue.add(key);
  expect(queue.size).toBe(3);
  expect(taken(queue)).toEqual(['b/1', 'a/1', 'b/2']);
  expect(queue.size).toBe(0);
});

describe('groups', () => {
  test('take turns, and one that is full waits for room of its own', () => {
    const queue = filled(['a/x/1', 'a/x/2', 'a/x/3', 'a/x/4', 'b/x/1'], () => 2);
    expect(taken(queue)).toEqual(['a/x/1', 'b/x/1', 'a/x/2']);
    queue.add('b/x/2');
    queue.add('b/x/3');
    expect(taken(queue)).toEqual(['b/x/2']);
    queue.release('a/x/1');
    expect(taken(queue)).toEqual(['a/x/3']);
    queue.release('b/x/2');
    queue.release('b/x/1');
    expect(taken(queue)).toEqual(['b/x/3']);
    expect(queue.size).toBe(1);
    queue.clear();
    queue.release('a/x/2');
    expect([taken(queue), queue.size]).toEqual([[], 0]);
  });

  test('get back the room of a key that was taken in them and has moved', () => {
    let group = 'a';
    const queue = createFairQueue({ classify: () => ({ group, flow: '', urgent: false }), limit: () => 1 });
    queue.add('1');
    expect(queue.take()).toBe('1');
    group = 'b';
    queue.release('1');
    queue.add('1');
    group = 'a';
    queue.add('2');
    expect(taken(queue)).toEqual(['1', '2']);
  });
});

describe('flows', () => {
  test('take turns: one key waits for one key of each other flow, however many those have', () => {
    const queue = filled([...numbered('s/many', 2_000), ...numbered('s/few', 3), 's/one/0'], () => 1);
    expect(worked(queue, 7)).toEqual([
      's/many/0',
      's/few/0',
      's/one/0',
      's/many/1',
      's/few/1',
      's/many/2',
      's/few/2',
    ]);
  });

  test('that come back without end keep no other flow waiting', () => {
    const queue = filled([...numbered('s/busy', 20), 's/other/0'], () => 1);
    const order: string[] = [];
    for (let n = 0; n < 5; n += 1) {
      const key = queue.take() ?? '';
      order.push(key);
      queue.release(key);
      queue.add(key);
    }
    expect(order).toContain('s/other/0');
  });

  test('of an idle group have room while another group fills its share', () => {
    const queue = filled([...numbered('s/hangs', 100)], () => 16);
    expect(taken(queue)).toHaveLength(16);
    for (const key of ['s/a/0', 's/a/1', 's/b/0', 's/c/0']) queue.add(key);
    // Two beyond the limit, an eighth of it, for one key of a flow each.
    expect(taken(queue)).toEqual(['s/a/0', 's/b/0']);
    queue.release('s/a/0');
    expect(taken(queue)).toEqual(['s/c/0']);
    queue.release('s/c/0');
    expect(taken(queue)).toEqual(['s/a/1']);
  });

  test('give a single one the whole limit', () => {
    expect(taken(filled(numbered('s/only', 100), () => 16))).toHaveLength(16);
  });
});

describe('urgent keys', () => {
  test('wait for no ordinary key, and ordinary keys for none of them', () => {
    const queue = filled([...numbered('s/x', 50)], () => 4);
    expect(taken(queue)).toHaveLength(4);
    for (let n = 0; n < 6; n += 1) queue.add(`s/y/${n}!`);
    expect(taken(queue)).toEqual(['s/y/0!', 's/y/1!', 's/y/2!', 's/y/3!']);
    queue.release('s/x/0');
    expect(taken(queue)).toEqual(['s/x/4']);
  });

  test('include a key that becomes urgent while it waits', () => {
    let urgent = false;
    const queue = createFairQueue({
      classify: (key) => ({ group: 's', flow: 'x', urgent: urgent && key === 'last' }),
      limit: () => 1,
    });
    for (const key of ['first', 'second', 'last']) queue.add(key);
    expect(taken(queue)).toEqual(['first']);
    urgent = true;
    queue.add('last');
    expect([taken(queue), queue.size]).toEqual([['last'], 1]);
  });
});

test('nothing is remembered of groups and flows that have no key', () => {
  const queue = createFairQueue({ classify, limit: () => 2 });
  const before = heapInUse();
  for (let n = 0; n < 200_000; n += 1) {
    queue.add(`g${n}/f${n}/0`);
    const key = queue.take() ?? '';
    queue.release(key);
  }
  // Remembered, they would take 80 MiB and more.
  expect(heapInUse() - before).toBeLessThan(8 * 2 ** 20);
});

/** Collects the garbage, so that only what is reachable counts. @returns the heap that is in use, in bytes */
function heapInUse(): number {
  setFlagsFromString('--expose-gc');
  const gc: () => void = runInNewContext('gc');
  gc();
  return process.memoryUsage().heapUsed;
}

test('no group takes more than it may, and whoever has room and a key gets it', () => {
  const step = fc.record({
    key: fc.constantFrom('a/x/1', 'a/x/2', 'a/y/3', 'a/y/4!', 'b/x/1', 'b/x/2!', 'c/x/1'),
    do: fc.constantFrom('add', 'end', 'narrow', 'widen'),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 3 }), (steps, least) => {
      const widths = new Map<string, number>();
      const width = (group: string) => widths.get(group) ?? least;
      const queue = createFairQueue({ classify, limit: width });
      const waiting = new Set<string>();
      const running = new Set<string>();
      const isBeside = (key: string, other: string) =>
        classify(key).group === classify(other).group && classify(key).urgent === classify(other).urgent;
      const count = (key: string) => [...running].filter((other) => isBeside(key, other)).length;
      for (const { key, do: act } of steps) {
        const { group } = classify(key);
        if (act === 'narrow') widths.set(group, Math.max(1, width(group) - 1));
        if (act === 'widen') widths.set(group, width(group) + 1);
        const adds = act === 'add' && !waiting.has(key) && !running.has(key);
        if (adds) {
          queue.add(key);
          waiting.add(key);
        }
        const ends = act === 'end' && running.delete(key);
        if (ends) queue.release(key);
        for (const next of taken(queue)) {
          waiting.delete(next);
          running.add(next);
          expect(count(next)).toBeLessThanOrEqual(width(classify(next).group));
        }
        expect(queue.size).toBe(waiting.size);
        // Of a group that became wider the next key comes with the next one that is added or ends.
        if (adds || ends)
          for (const left of waiting)
            if (isBeside(left, key)) expect(count(left)).toBeGreaterThanOrEqual(width(group));
      }
      // Whatever the widths were, all that waits gets its turn.
      for (let guard = 0; running.size > 0 && guard < 100; guard += 1) {
        const [first = ''] = running;
        running.delete(first);
        queue.release(first);
        for (const next of taken(queue)) {
          waiting.delete(next);
          running.add(next);
        }
      }
      expect(waiting.size).toBe(0);
    }),
  );
});

describe('a workqueue', () => {
  test('hands out the keys of other groups while those of one hang', async () => {
    const queue = createWorkqueue({ fairness: { classify, limit: () => 2 } });
    for (let n = 0; n < 20; n += 1) queue.add(`frozen/x/${n}`);
    expect([await queue.get(), await queue.get()]).toEqual(['frozen/x/0', 'frozen/x/1']);
    const next = queue.get();
    queue.add('well/x/1');
    expect(await next).toBe('well/x/1');
    // Added while it is worked on: it comes again, in its group's turn.
    queue.add('frozen/x/0');
    queue.done('frozen/x/0');
    expect(await queue.get()).toBe('frozen/x/2');
    expect(queue.length).toBe(18);
    queue.shutDown();
  });

  test('hands out at once what becomes urgent while it waits', async () => {
    const urgent = new Set<string>();
    const queue = createWorkqueue({
      fairness: { classify: (key) => ({ group: 's', flow: 'x', urgent: urgent.has(key) }), limit: () => 1 },
    });
    for (const key of ['a', 'b', 'c']) queue.add(key);
    expect(await queue.get()).toBe('a');
    const next = queue.get();
    urgent.add('c');
    queue.add('c');
    expect(await next).toBe('c');
    expect(queue.length).toBe(1);
    queue.shutDown();
  });
});
