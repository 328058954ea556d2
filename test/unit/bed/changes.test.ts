import { describe, expect, test } from 'vitest';
import { createChanges } from '../../bed/changes.ts';

/** Far longer than anything here takes, in ms. */
const LONG_MS = 60_000;

/** Watches that say what the test pushes. */
function pushed(lingerMs = 0) {
  const watches: { collection: string; signal: AbortSignal; push: (text: string | undefined) => void }[] = [];
  const { of: changesOf, areHeard } = createChanges(async (collection, signal) => {
    const { readable, writable } = new TransformStream<string, string>();
    const writer = writable.getWriter();
    signal.addEventListener('abort', () => void writer.abort(signal.reason).catch(() => {}));
    const push = (text: string | undefined) =>
      void (text === undefined ? writer.close() : writer.write(text)).catch(() => {});
    watches.push({ collection, signal, push });
    return readable;
  }, lingerMs);
  const push = (text: string | undefined) => watches[0]?.push(text);
  return { watches, changesOf, areHeard, push };
}

const event = (name: string) => `${JSON.stringify({ type: 'MODIFIED', object: { metadata: { name } } })}\n`;

describe('the changes of an object', () => {
  test('reach those who listen to it, and nobody else', async () => {
    const { changesOf, push } = pushed();
    const [one, other] = [changesOf('/keys', 'one'), changesOf('/keys', 'other')];
    push(event('one'));
    await one.next(LONG_MS);
    expect(one.areHeard).toBe(true);
    let told = false;
    const waiting = other.next(LONG_MS).then(() => (told = true));
    push(event('one'));
    await one.next(LONG_MS);
    expect(told).toBe(false);
    push(event('other'));
    await waiting;
  });

  test('end the next wait if they come while nobody waits', async () => {
    const { changesOf, push } = pushed();
    const [one, other] = [changesOf('/keys', 'one'), changesOf('/keys', 'other')];
    push(event('one'));
    push(event('other'));
    await other.next(LONG_MS);
    await one.next(LONG_MS);
  });

  test('come by one watch for all objects of a collection, which ends after its last listener', async () => {
    const { changesOf, watches } = pushed();
    const [one, other] = [changesOf('/keys', 'one'), changesOf('/keys', 'other')];
    expect(watches.map(({ collection }) => collection)).toEqual(['/keys']);
    one.leave();
    expect(watches[0]?.signal.aborted).toBe(false);
    other.leave();
    await expect.poll(() => watches[0]?.signal.aborted).toBe(true);
    changesOf('/keys', 'one');
    expect(watches).toHaveLength(2);
  });

  test('come by the watch of an earlier listener who has just left', async () => {
    const { changesOf, areHeard, watches, push } = pushed(50);
    expect(areHeard('/keys')).toBe(false);
    const one = changesOf('/keys', 'one');
    push(event('one'));
    await one.next(LONG_MS);
    one.leave();
    expect(areHeard('/keys')).toBe(true);
    const other = changesOf('/keys', 'other');
    await new Promise((resolve) => setTimeout(resolve, 100));
    push(event('other'));
    await other.next(LONG_MS);
    expect(watches).toHaveLength(1);
  });

  test('come no more once the watch has ended, which wakes those who wait', async () => {
    const { changesOf, push } = pushed();
    const one = changesOf('/keys', 'one');
    push(event('one'));
    await one.next(LONG_MS);
    push(undefined);
    await one.next(LONG_MS);
    expect(one.areHeard).toBe(false);
  });
});
