import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createFairMutex } from '../../../src/provider/fair-mutex.ts';

/** Work that says when it begins and waits a turn of the event loop. */
function recorder() {
  const order: string[] = [];
  let running = 0;
  let most = 0;
  const work = (name: string) => async () => {
    running += 1;
    most = Math.max(most, running);
    order.push(name);
    await new Promise((resolve) => setImmediate(resolve));
    running -= 1;
    return name;
  };
  return { order, work, most: () => most };
}

test('an owner with much work waiting delays another by one piece at most', async () => {
  const mutex = createFairMutex();
  const { order, work } = recorder();
  const greedy = 'greedy';
  const modest = 'modest';
  const all = Array.from({ length: 10 }, (_, index) => mutex.run(greedy, work(`greedy ${index}`)));
  all.push(mutex.run(modest, work('modest')));
  await Promise.all(all);
  expect(order.indexOf('modest')).toBeLessThanOrEqual(2);
  expect(order).toHaveLength(11);
});

test("all work runs once, one piece at a time, each owner's in its order", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 40 }), async (asked) => {
      const mutex = createFairMutex();
      const { order, work, most } = recorder();
      const owners = ['a', 'b', 'c', 'd'];
      const results = await Promise.all(
        asked.map((owner, index) => mutex.run(owners[owner] ?? '', work(`${owner} ${index}`))),
      );
      expect(results).toEqual(asked.map((owner, index) => `${owner} ${index}`));
      expect([...order].sort()).toEqual([...results].sort());
      expect(most()).toBeLessThanOrEqual(1);
      for (const owner of [0, 1, 2, 3]) {
        const own = (list: string[]) => list.filter((name) => name.startsWith(`${owner} `));
        expect(own(order)).toEqual(own(results));
      }
    }),
    { numRuns: 50 },
  );
});

test('work that fails releases the mutex', async () => {
  const mutex = createFairMutex();
  const failed = mutex.run('somebody', async () => {
    throw new Error('no');
  });
  const next = mutex.run('somebody', async () => 'yes');
  await expect(failed).rejects.toThrow('no');
  expect(await next).toBe('yes');
});

test('work aborted while it waits never runs, and the rest does', async () => {
  const mutex = createFairMutex();
  const { order, work } = recorder();
  const owner = 'owner';
  const giveUp = new AbortController();
  const first = mutex.run(owner, work('first'));
  const second = mutex.run(owner, work('second'), giveUp.signal);
  const third = mutex.run(owner, work('third'));
  giveUp.abort(new Error('given up'));
  await expect(second).rejects.toThrow('given up');
  await Promise.all([first, third]);
  await expect(mutex.run(owner, work('fourth'), giveUp.signal)).rejects.toThrow('given up');
  expect(order).toEqual(['first', 'third']);
});
