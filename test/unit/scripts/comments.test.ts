import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { badComments } from '../../../scripts/comments.ts';

/** Returns the faults of a project that has a file of that text in that folder. */
function faultsOf(text: string, folder = 'src'): string[] {
  const root = mkdtempSync(join(tmpdir(), 'comments-'));
  try {
    for (const each of ['src', 'scripts', 'test']) mkdirSync(join(root, each));
    writeFileSync(join(root, folder, 'a.ts'), text);
    return badComments(root);
  } finally {
    rmSync(root, { recursive: true });
  }
}

test('the comments of the project have the form of CONTRIBUTING.md', () => {
  expect(badComments(join(import.meta.dirname, '..', '..', '..'))).toEqual([]);
});

test.each(['scripts', 'test'])('in %s, only the beginning of a comment counts', (folder) => {
  expect(faultsOf('export const a = 1;', folder)).toEqual([]);
  expect(faultsOf('/** How long a is. */\nconst a = 1;', folder)).toEqual([
    `${folder}/a.ts:1: a comment doesn't begin with "How"`,
  ]);
});

test.each([
  ['no comment', 'export const a = 1;', ':1: a has no comment'],
  ['a comment of the file', '/** Numbers. */\n\nexport const a = 1;', ':3: a has no comment'],
  ['no comment of a class', 'export class A {}', ':1: A has no comment'],
  [
    'a relative clause',
    '/** What a says. */\nexport const a = 1;',
    `:1: a comment doesn't begin with "What"`,
  ],
  ['one within', '/** A pair. */\nexport type A = {\n  /**\n   * When it ends. */\n', `"When"`],
  ['a noun', '/** The sum. */\nexport function a(): number {', 'the comment of a begins with a verb'],
  [
    'a noun of an arrow',
    '/** The sum. */\nexport const a = (b) => b;',
    'the comment of a begins with a verb',
  ],
  ['a pronoun', '/** This adds. */\nexport async function a() {', 'the comment of a begins with a verb'],
  [
    'a predicate',
    '/** Returns true. */\nexport function a(): boolean {',
    'a, a predicate, begins with "True if"',
  ],
  ['a guard', '/** Checks b. */\nexport function a(\n  b: B,\n): b is A {', 'a, a predicate, begins with'],
  ['a long line', `// ${'x'.repeat(108)}`, ":1: a comment's line ends at 110 columns"],
])('%s is found', (_, text, said) => {
  expect(faultsOf(text)).toEqual([expect.stringContaining(said)]);
});

test.each([
  ['a verb', '/** Returns the sum. */\nexport function a(b: number): number {'],
  [
    'more lines',
    '/**\n * Queues a key.\n * The rest.\n */\nexport async function a(\n  key: string,\n): Promise<void> {',
  ],
  ['a predicate', '/** True if b. */\nexport function a(b: boolean): boolean {'],
  ['a function that takes a predicate', '/** Counts. */\nexport function a(is: (b: B) => boolean): number {'],
  ['a predicate further down', '/** Adds. */\nexport function a() {\n}\n\nfunction b(): boolean {'],
  ['a type', '/** A pair. */\nexport interface A {'],
  ['one comment for a block', '/** Lengths. */\nexport const A = 1;\nexport const B = 2;'],
  ['long code', `const a = '${'x'.repeat(110)}';`],
])('%s is right', (_, text) => {
  expect(faultsOf(text)).toEqual([]);
});
