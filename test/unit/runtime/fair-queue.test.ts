import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLanes } from '../../../src/runtime/fair-queue.ts';
import { createWorkqueue } from '../../../src/runtime/workqueue.ts';

/** `a/1` is of lane `a`. */
const of = (key: string) => key.split('/')[0] ?? '';

function taken(lanes: { take(): string | undefined }): string[] {
  const keys: string[] = [];
  for (let key = lanes.take(); key !== undefined; key = lanes.take()) keys.push(key);
  return keys;
}

test('without options there is one lane, oldest first, and no limit', () => {
  const lanes = createLanes();
  for (const key of ['b/1', 'a/1', 'b/2']) lanes.add(key);
  expect(lanes.size).toBe(3);
  expect(taken(lanes)).toEqual(['b/1', 'a/1', 'b/2']);
  expect(lanes.size).toBe(0);
});

test('lanes take turns, and one that is full waits for a place of its own', () => {
  const lanes = createLanes({ of, concurrency: () => 2 });
  for (const key of ['a/1', 'a/2', 'a/3', 'a/4', 'b/1']) lanes.add(key);
  expect(taken(lanes)).toEqual(['a/1', 'b/1', 'a/2']);
  lanes.add('b/2');
  lanes.add('b/3');
  expect(taken(lanes)).toEqual(['b/2']);
  lanes.release('a/1');
  expect(taken(lanes)).toEqual(['a/3']);
  lanes.release('b/2');
  lanes.release('b/1');
  expect(taken(lanes)).toEqual(['b/3']);
  expect(lanes.size).toBe(1);
  lanes.clear();
  lanes.release('a/2');
  expect([taken(lanes), lanes.size]).toEqual([[], 0]);
});

test('a key that changes its lane while it is taken frees its place in the one before', () => {
  let lane = 'a';
  const lanes = createLanes({ of: () => lane, concurrency: () => 1 });
  lanes.add('1');
  expect(lanes.take()).toBe('1');
  lane = 'b';
  lanes.release('1');
  lanes.add('1');
  lane = 'a';
  lanes.add('2');
  expect(taken(lanes)).toEqual(['1', '2']);
});

test('no lane ever takes more than it may, and whoever has room and a key gets it', () => {
  const step = fc.record({
    key: fc.constantFrom('a/1', 'a/2', 'a/3', 'b/1', 'b/2', 'c/1'),
    do: fc.constantFrom('add', 'end', 'narrow', 'widen'),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 3 }), (steps, least) => {
      const widths = new Map<string, number>();
      const width = (lane: string) => widths.get(lane) ?? least;
      const lanes = createLanes({ of, concurrency: width });
      const waiting = new Set<string>();
      const running = new Set<string>();
      const count = (lane: string) => [...running].filter((key) => of(key) === lane).length;
      for (const { key, do: act } of steps) {
        const lane = of(key);
        if (act === 'narrow') widths.set(lane, Math.max(1, width(lane) - 1));
        if (act === 'widen') widths.set(lane, width(lane) + 1);
        if (act === 'add' && !waiting.has(key) && !running.has(key)) {
          lanes.add(key);
          waiting.add(key);
        }
        if (act === 'end' && running.delete(key)) lanes.release(key);
        for (const next of taken(lanes)) {
          waiting.delete(next);
          running.add(next);
          expect(count(of(next))).toBeLessThanOrEqual(width(of(next)));
        }
        expect(lanes.size).toBe(waiting.size);
        // Of a lane that became wider the next key comes with the next one that ends.
        if (act !== 'widen')
          for (const left of waiting)
            if (of(left) === lane || widths.size === 0)
              expect(count(of(left))).toBeGreaterThanOrEqual(Math.min(width(of(left)), least));
      }
      // Whatever the widths were, all that waits gets its turn.
      for (let guard = 0; running.size > 0 && guard < 100; guard += 1) {
        const [first = ''] = running;
        running.delete(first);
        lanes.release(first);
        for (const next of taken(lanes)) {
          waiting.delete(next);
          running.add(next);
        }
      }
      expect(waiting.size).toBe(0);
    }),
  );
});

test('a queue hands out the keys of other lanes while those of one hang', async () => {
  const queue = createWorkqueue({ lanes: { of, concurrency: () => 2 } });
  for (let n = 0; n < 20; n += 1) queue.add(`frozen/${n}`);
  expect([await queue.get(), await queue.get()]).toEqual(['frozen/0', 'frozen/1']);
  const next = queue.get();
  queue.add('well/1');
  expect(await next).toBe('well/1');
  // Added while it is worked on: it comes again, in its lane's turn.
  queue.add('frozen/0');
  queue.done('frozen/0');
  expect(await queue.get()).toBe('frozen/2');
  expect(queue.length).toBe(18);
  queue.shutDown();
});
