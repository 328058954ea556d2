import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BrokenLine, jsonLines } from '../../../src/kube/json-lines.ts';

async function* chunks(parts: readonly string[]): AsyncGenerator<string> {
  yield* parts;
}

async function read(parts: readonly string[]): Promise<unknown[]> {
  const values: unknown[] = [];
  for await (const value of jsonLines(chunks(parts))) values.push(value);
  return values;
}

test('wherever the text is cut into chunks, the values are the same', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.jsonValue()), fc.array(fc.nat(200)), async (values, cuts) => {
      const text = values.map((value) => `${JSON.stringify(value)}\n`).join('');
      const at = [0, ...cuts.filter((cut) => cut < text.length).sort((a, b) => a - b), text.length];
      const parts = at.slice(1).map((end, index) => text.slice(at[index], end));
      expect(JSON.stringify(await read(parts))).toBe(JSON.stringify(values));
    }),
  );
});

test('what came before a broken line is given, and the line is not quoted', async () => {
  const seen: unknown[] = [];
  const reading = async (parts: string[]) => {
    for await (const value of jsonLines(chunks(parts))) seen.push(value);
  };
  await expect(reading(['{"a":1}\n{"secret', 'Key": \n'])).rejects.toThrow(
    new BrokenLine('a line that is not JSON'),
  );
  await expect(reading(['{"a":2}\n{"a":'])).rejects.toThrow(
    new BrokenLine('cut off in the middle of a line'),
  );
  expect(seen).toEqual([{ a: 1 }, { a: 2 }]);
});

test('empty lines are none', async () => {
  expect(await read(['\n{}\r\n', '\n', '  '])).toEqual([{}]);
});
