import { afterEach, expect, test, vi } from 'vitest';
import { createBackoff } from '../../../src/runtime/backoff.ts';
import {
  type Action,
  type Controller,
  type ControllerOptions,
  createController,
  type Reconciled,
} from '../../../src/runtime/controller.ts';
import { createWorkqueue } from '../../../src/runtime/workqueue.ts';

const lines: string[] = [];
const note = (_: object, message: string) => void lines.push(message);
const log = { debug: note, info: note, warn: note, error: note };
const controllers: Controller[] = [];

afterEach(async () => {
  await Promise.all(controllers.splice(0).map((controller) => controller.stop(0)));
  lines.length = 0;
});

function start(reconcile: ControllerOptions['reconcile'], options: Partial<ControllerOptions> = {}) {
  const results: Reconciled[] = [];
  const controller = createController({
    name: 'test',
    concurrency: 2,
    reconcile,
    log,
    queue: createWorkqueue({ backoff: createBackoff({ baseMs: 20, random: () => 1 }) }),
    abortGraceMs: 40,
    onResult: (result) => void results.push(result),
    ...options,
  });
  controllers.push(controller);
  controller.start();
  return {
    controller,
    queue: controller.queue,
    results,
    outcomes: () => results.map(({ outcome }) => outcome),
  };
}

/** Waits for what comes about: a busy machine takes its time. */
const soon = (check: () => void) => vi.waitFor(check, { timeout: 60_000, interval: 5 });

test('a reconcile that returns rests, or comes again after its time', async () => {
  const actions: Action[] = [{ requeueAfterMs: 30 }, {}];
  const { queue, outcomes } = start(async () => actions.shift() ?? {});
  queue.add('a');
  await soon(() => expect(outcomes()).toEqual(['requeued', 'done']));
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(outcomes()).toHaveLength(2);
});

test('an error is retried after its backoff and not before its own time; success forgets the backoff', async () => {
  const times: number[] = [];
  const errors = [new Error('one'), Object.assign(new Error('busy'), { retryAfterMs: 120 })];
  const { queue, outcomes } = start(async () => {
    times.push(performance.now());
    const error = errors.shift();
    if (error) throw error;
    return {};
  });
  queue.add('a');
  await soon(() => expect(outcomes()).toEqual(['retried', 'retried', 'done']));
  const [first = 0, second = 0, third = 0] = times;
  expect(second - first).toBeGreaterThanOrEqual(18);
  expect(third - second).toBeGreaterThanOrEqual(118);
  expect(queue.addRateLimited('a')).toBe(20);
});

test('what is thrown before the first await, or is no delay, is retried like any error', async () => {
  const broken = [
    () => {
      throw new Error('at once');
    },
    async () => ({ requeueAfterMs: Number.NaN }),
  ];
  const { queue, outcomes } = start((): Promise<Action> => (broken.shift() ?? (async () => ({})))());
  queue.add('a');
  await soon(() => expect(outcomes()).toEqual(['retried', 'retried', 'done']));
});

test('keys run at once up to the concurrency, one key never twice', async () => {
  const running: string[] = [];
  let most = 0;
  const { queue, results } = start(async (key) => {
    expect(running).not.toContain(key);
    running.push(key);
    most = Math.max(most, running.length);
    queue.add(results.length < 20 ? key : 'a');
    await new Promise((resolve) => setTimeout(resolve, 2));
    running.splice(running.indexOf(key), 1);
    return {};
  });
  for (const key of ['a', 'b', 'c']) queue.add(key);
  await soon(() => expect(results.length).toBeGreaterThan(25));
  expect(most).toBe(2);
  expect(results.every(({ outcome }) => outcome === 'done')).toBe(true);
});

test('a reconcile that takes too long is aborted and retried', async () => {
  let calls = 0;
  const { queue, outcomes } = start(
    async (_, signal) => {
      if (calls++ > 0) return {};
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      return {};
    },
    { timeoutMs: () => 30 },
  );
  queue.add('a');
  await soon(() => expect(outcomes()).toEqual(['retried', 'done']));
});

test('a reconcile whose time has grown meanwhile goes on', async () => {
  let timeoutMs = 30;
  const { queue, outcomes, controller } = start(
    async (_, signal) => {
      timeoutMs = 60_000;
      await new Promise((resolve) => setTimeout(resolve, 100));
      signal.throwIfAborted();
      return {};
    },
    { timeoutMs: () => timeoutMs },
  );
  queue.add('a');
  await soon(() => expect(outcomes()).toEqual(['done']));
  expect(controller.isAlive()).toBe(true);
});

/** A backoff for which nothing is tried again within a test. */
const never = { next: () => 3_600_000, forget: () => {}, attempts: () => 0 };

test('a reconcile that stands in the way of what its object needs is aborted, and the next one begins at once', async () => {
  const ran: string[] = [];
  let ended = false;
  const { queue, outcomes } = start(
    async (key, signal) => {
      ran.push(key);
      if (ran.length > 1) return {};
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      return {};
    },
    { isOvertaken: () => ended, overtakenGraceMs: 20, queue: createWorkqueue({ backoff: never }) },
  );
  queue.add('a');
  await soon(() => expect(ran).toEqual(['a']));
  // A change of another kind waits.
  queue.add('a');
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(ran).toEqual(['a']);
  ended = true;
  queue.add('a');
  await soon(() => expect(outcomes()).toEqual(['requeued', 'done']));
  expect(ran).toEqual(['a', 'a']);
});

test('a reconcile that ends by itself within the grace, or is wanted again, is not aborted', async () => {
  const aborted: boolean[] = [];
  const over: Record<string, PromiseWithResolvers<void>> = {
    short: Promise.withResolvers(),
    wanted: Promise.withResolvers(),
  };
  let asked = 0;
  const { queue, outcomes } = start(
    async (key, signal) => {
      await over[key]?.promise;
      aborted.push(signal.aborted);
      return {};
    },
    // Asked when the key is added, and again when the grace is over.
    { isOvertaken: (key) => key === 'short' || asked++ === 0, overtakenGraceMs: 500 },
  );
  for (const key of ['short', 'wanted']) queue.add(key);
  await new Promise((resolve) => setTimeout(resolve, 20));
  for (const key of ['short', 'wanted']) queue.add(key);
  over['short']?.resolve();
  await soon(() => expect(asked).toBe(2));
  over['wanted']?.resolve();
  await soon(() => expect(outcomes().length).toBe(4));
  expect(aborted).toEqual([false, false, false, false]);
});

const oneAtATime = { classify: () => ({ group: 'store', flow: '', urgent: false }), limit: () => 1 };

test.each([
  ['its worker', 1, undefined],
  ['its place among those of its store', 4, oneAtATime],
])(
  'a reconcile that ignores its signal keeps its key, not %s, and the key goes on when it ends',
  async (_, concurrency, fairness) => {
    const stuck = Promise.withResolvers<void>();
    const ran: string[] = [];
    const { queue, outcomes, controller } = start(
      async (key) => {
        ran.push(key);
        if (ran.length === 1) await stuck.promise;
        return {};
      },
      { timeoutMs: () => 20, concurrency, queue: createWorkqueue({ fairness }) },
    );
    queue.add('a');
    queue.add('b');
    await soon(() => expect(ran).toEqual(['a', 'b']));
    expect(lines.join()).toContain('ignores its signal');
    queue.add('a');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(ran).toEqual(['a', 'b']);
    stuck.resolve();
    expect(controller.isAlive()).toBe(true);
    await soon(() => expect(ran).toEqual(['a', 'b', 'a']));
    await soon(() => expect(outcomes()).toEqual(['done', 'done', 'done']));
  },
);

test('stop lets what runs finish, and starts nothing more', async () => {
  const ran: string[] = [];
  const { controller, queue } = start(
    async (key, signal) => {
      await new Promise((resolve) => setTimeout(resolve, 50));
      ran.push(`${key} ${signal.aborted}`);
      return {};
    },
    { concurrency: 1 },
  );
  queue.add('a');
  queue.add('b');
  await new Promise((resolve) => setTimeout(resolve, 10));
  await controller.stop(2_000);
  expect(ran).toEqual(['a false']);
  queue.add('c');
  await new Promise((resolve) => setTimeout(resolve, 70));
  expect(ran).toHaveLength(1);
});

test('a key that was handed out and waits for its turn is not begun after the stop', async () => {
  const ran: string[] = [];
  const { controller, queue } = start(async (key) => {
    ran.push(key);
    return {};
  });
  queue.add('a');
  await controller.stop(0);
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(ran).toEqual([]);
});

test('after the grace stop aborts, and after a second one it returns in any case', async () => {
  const { controller, queue, outcomes } = start((key, signal) => {
    if (key === 'deaf') return new Promise(() => {});
    return new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))));
  });
  queue.add('polite');
  queue.add('deaf');
  await new Promise((resolve) => setTimeout(resolve, 10));
  const startedAt = performance.now();
  await controller.stop(30);
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(65);
  expect(outcomes()).toEqual(['stopped']);
  expect(lines).toEqual(['reconciles that did not end']);
});

test.for([2, 256])(
  'keys that wait for nothing leave the event loop its turns, with %i workers',
  async (concurrency) => {
    let turned = 0;
    const turnedBefore: number[] = [];
    const turning = setInterval(() => turned++, 1);
    const reconcile = async () => {
      const until = performance.now() + 1;
      while (performance.now() < until);
      turnedBefore.push(turned);
      return {};
    };
    const { queue, outcomes } = start(reconcile, { concurrency });
    for (let n = 0; n < 200; n++) queue.add(`key-${n}`);
    await soon(() => expect(outcomes()).toHaveLength(200));
    clearInterval(turning);
    expect(new Set(turnedBefore).size).toBeGreaterThan(3);
  },
);
