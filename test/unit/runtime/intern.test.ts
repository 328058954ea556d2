import fc from 'fast-check';
import { expect, test } from 'vitest';
import { intern } from '../../../src/runtime/intern.ts';

const parsed = <T>(value: T): T => JSON.parse(JSON.stringify(value));
/** As a parser gives it: without a zero below zero, which equals the other one. */
const json = fc.jsonValue().map(parsed);

test('what comes out equals what went in, and what was there before stays as it was', () => {
  fc.assert(
    fc.property(json, json, (before, next) => {
      const was = parsed(before);
      expect(intern(before, parsed(next))).toEqual(next === null ? null : parsed(next));
      expect(before).toEqual(was);
    }),
  );
});

test('of two that are equal there is one', () => {
  fc.assert(
    fc.property(json, (value) => {
      const before = parsed(value);
      expect(intern(before, parsed(before))).toBe(before);
    }),
  );
});

test('equal parts are held once, others apart', () => {
  const before = { metadata: { name: 'a', labels: { team: 'shop' } }, spec: { list: [{ x: 1 }, { x: 2 }] } };
  const next = parsed({
    metadata: { name: 'b', labels: { team: 'shop' } },
    spec: { list: [{ x: 1 }, { x: 3 }] },
  });
  const result = intern(before, next);
  expect(result).toBe(next);
  expect(result.metadata.labels).toBe(before.metadata.labels);
  expect(result.spec.list[0]).toBe(before.spec.list[0]);
  expect(result).toEqual({
    metadata: { name: 'b', labels: { team: 'shop' } },
    spec: { list: [{ x: 1 }, { x: 3 }] },
  });
});

test('what every object inherits is nothing to share', () => {
  const next = JSON.parse('{"__proto__":{}}');
  expect(Object.getOwnPropertyDescriptor(intern({}, next), '__proto__')?.value).not.toBe(Object.prototype);
});

test('a field that is undefined stays so', () => {
  expect(intern({ a: null }, { a: undefined })).toStrictEqual({ a: undefined });
  expect(intern({}, { a: undefined })).toStrictEqual({ a: undefined });
});

test.each([
  ['a list that is shorter', [1, 2], [1]],
  ['a list that is longer', [1], [1, 2]],
  ['an object with a field less', { a: 1, b: 2 }, { a: 1 }],
  ['a list instead of an object', {}, []],
  ['nothing instead of a field', { a: 1 }, { a: null }],
  ['a field of another name', { a: null }, { b: null }],
])('%s is no equal', (_, before, next) => {
  const result = intern(before, parsed(next));
  expect(result).toEqual(next);
  expect(result).not.toBe(before);
});
