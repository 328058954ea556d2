import { describe, expect, test } from 'vitest';
import { createEventLine, type EventLine, type Waiting } from '../../../src/kube/event-line.ts';

interface TestEvent extends Waiting {
  readonly id: string;
}

function lineOf() {
  let time = 1_000_000;
  const line = createEventLine<TestEvent>(() => time);
  const add = (id: string, namespace: string, type: Waiting['type'] = 'Normal') =>
    line.add(id, { id, namespace, type });
  return {
    line,
    add,
    pass: (ms: number) => {
      time += ms;
    },
  };
}

/** Adds events until one is lost, and takes each at once. @returns how many were not lost */
function flood(
  line: EventLine<TestEvent>,
  add: ReturnType<typeof lineOf>['add'],
  namespace: string,
  type?: Waiting['type'],
): number {
  let count = 0;
  while (count < 100_000 && add(`${namespace}-${type}-${count}`, namespace, type)) {
    line.take();
    count += 1;
  }
  return count;
}

describe('waiting Events', () => {
  test('are written by namespaces in turns: one waits for one of each other namespace', () => {
    const { line, add } = lineOf();
    for (let n = 0; n < 1_500; n += 1) add(`a-${n}`, 'a');
    add('b-0', 'b');
    expect([line.take()?.id, line.take()?.id, line.take()?.id]).toEqual(['a-0', 'b-0', 'a-1']);
  });

  test('are written after all Warnings', () => {
    const { line, add } = lineOf();
    for (let n = 0; n < 3; n += 1) add(`a-${n}`, 'a');
    add('warned', 'a', 'Warning');
    expect(line.take()?.id).toBe('warned');
  });

  test('are merged by their key, and the latest is written', () => {
    const { line } = lineOf();
    line.add('same', { id: 'first', namespace: 'a', type: 'Normal' });
    line.add('same', { id: 'second', namespace: 'a', type: 'Normal' });
    expect([line.size, line.take()?.id, line.take()]).toEqual([1, 'second', undefined]);
  });

  test('are five thousand at most, beside ten of each namespace that has no more', () => {
    const { line, add } = lineOf();
    for (const namespace of ['a', 'b', 'c'])
      for (let n = 0; n < 1_800; n += 1) add(`${namespace}-${n}`, namespace);
    expect(line.size).toBe(5_000);
    const taken = Array.from({ length: 20 }, (_, n) => add(`d-${n}`, 'd'));
    expect(taken.filter(Boolean)).toHaveLength(10);
    line.clear();
    expect([line.size, line.take()]).toEqual([0, undefined]);
  });
});

describe('a namespace', () => {
  test('writes two thousand at once, the last two hundred of them Warnings, and then one a second', () => {
    const { line, add, pass } = lineOf();
    expect(flood(line, add, 'a')).toBe(1_800);
    expect(flood(line, add, 'a', 'Warning')).toBe(200);
    pass(60_000);
    expect(flood(line, add, 'a', 'Warning')).toBe(60);
    pass(3_600_000);
    expect(flood(line, add, 'a')).toBe(1_800);
  });

  test('that writes without end takes nothing from another one', () => {
    const { line, add } = lineOf();
    flood(line, add, 'a');
    flood(line, add, 'a', 'Warning');
    expect([add('b', 'b'), line.take()?.id]).toEqual([true, 'b']);
  });
});
