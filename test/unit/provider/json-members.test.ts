import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseJson, parseMembers, ShapeError } from '../../../src/provider/json-members.ts';

/** The text's bytes, in pieces of the size. */
async function* inPieces(text: string, size: number): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text);
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
}

const membersOf = (text: string, size = 7) => Array.fromAsync(parseMembers(inPieces(text, size)));

test('reads the members of an object, wherever its text was cut', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 })),
      fc.integer({ min: 1, max: 40 }),
      fc.constantFrom(undefined, 2),
      async (object, size, indent) => {
        const text = JSON.stringify(object, undefined, indent);
        expect(await membersOf(text, size)).toEqual(Object.entries(JSON.parse(text)));
      },
    ),
  );
});

test('a text that JSON.parse refuses is refused', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.dictionary(fc.constantFrom('a', 'b"', '{'), fc.constantFrom(1, '}', [','], { x: '\\' })),
      fc.nat(),
      fc.constantFrom('', ',', '"', '}', '{', '[', ']', ':', '\\', 'x'),
      async (object, place, change) => {
        const text = JSON.stringify(object);
        const at = place % (text.length + 1);
        const changed = text.slice(0, at) + change + text.slice(at + (change === '' ? 1 : 0));
        let whole: unknown;
        try {
          whole = JSON.parse(changed);
        } catch {
          await expect(membersOf(changed)).rejects.toThrow(ShapeError);
          return;
        }
        // A name that stands twice: the last one counts, as in JSON.parse.
        expect(Object.fromEntries(await membersOf(changed))).toEqual(whole);
      },
    ),
  );
});

describe('text that is no answer', () => {
  test.each([
    ['nothing', ''],
    ['a list', '[1]'],
    ['a text', '"a"'],
    ['an object that ends early', '{"a":1'],
    ['two objects', '{"a":1}{"b":2}'],
    ['a comma too many', '{"a":1,}'],
    ['a comma alone', '{,}'],
    ['two members in brackets of the wrong kind', '{"a":[1},"b":2]}'],
    ['a nesting without end', `{"a":${'['.repeat(1_000_000)}`],
    ['an entry without end', `{"a":"${'x'.repeat(1_000_000)}`],
    ['a name without end', `{"${'x'.repeat(1_000_000)}`],
  ])('is refused: %s', async (_, text) => {
    await expect(membersOf(text, 16384)).rejects.toThrow(ShapeError);
  });

  test('is refused for its nesting before it is parsed', () => {
    expect(parseJson(Buffer.from(`${'['.repeat(16)}${']'.repeat(16)}`))).toBeDefined();
    expect(() => parseJson(Buffer.from(`${'['.repeat(17)}${']'.repeat(17)}`))).toThrow('nested too deeply');
    expect(parseJson(Buffer.from(`["${'['.repeat(100)}\\"${'{'.repeat(100)}"]`))).toBeDefined();
  });
});
