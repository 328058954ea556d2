import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeMark, encodeMark, type MarkFlag, plainLabel } from '../../../src/ownership/mark.ts';
import { CLUSTER, UID } from '../support/accesskey-fixtures.ts';

const flags = fc
  .subarray<MarkFlag>(['disabled', 'imported', 'retained'])
  .map((some) => new Set(some) as ReadonlySet<MarkFlag>);
const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.string({ unit: 'grapheme', maxLength: 200 }),
  fc.string({ unit: fc.constantFrom(' ', '\n', '\t', '\0', '\u2028', '\u0085', '\u{1f511}', '\ud83d', 'a') }),
);

describe('a mark', () => {
  test('is read back as it was written, with its label as the store keeps it', () => {
    fc.assert(
      fc.property(flags, hostile, (some, label) => {
        const mark = { clusterUid: CLUSTER.uid, accessKeyUid: UID, flags: some, label };
        const id = encodeMark(mark);
        expect(decodeMark(id)).toEqual({ ...mark, label: plainLabel(label) });
        expect(encodeMark(decodeMark(id) ?? mark)).toBe(id);
      }),
      { numRuns: 5_000 },
    );
  });

  test('cannot be forged by a label', () => {
    const label = `accesskeys.dev/v1 ${'0'.repeat(8)} ${'1'.repeat(8)} retained x`;
    const id = encodeMark({ clusterUid: CLUSTER.uid, accessKeyUid: UID, flags: new Set(), label });
    expect(decodeMark(id)).toEqual({ clusterUid: CLUSTER.uid, accessKeyUid: UID, flags: new Set(), label });
  });

  test.each([
    ['nothing', ''],
    ["somebody's own ID", 'my policy'],
    ['another version', `accesskeys.dev/v2 ${CLUSTER.uid} ${UID} - label`],
    ['the name of the format alone', 'accesskeys.dev/v1'],
    ['one field too few', `accesskeys.dev/v1 ${CLUSTER.uid} ${UID} -`],
    ['a flag that is not known', `accesskeys.dev/v1 ${CLUSTER.uid} ${UID} frozen label`],
    ['a flag twice', `accesskeys.dev/v1 ${CLUSTER.uid} ${UID} disabled,disabled label`],
    ['an empty list of flags', `accesskeys.dev/v1 ${CLUSTER.uid}  - label`],
    ['text before it', ` accesskeys.dev/v1 ${CLUSTER.uid} ${UID} - label`],
    ['a line break in it', `accesskeys.dev/v1 ${CLUSTER.uid} ${UID} - la\nbel`],
  ])('is not read from %s', (_what, id) => {
    expect(decodeMark(id)).toBeUndefined();
  });

  test('is not read from anything that the operator did not write', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        fc.pre(!text.startsWith('accesskeys.dev/v1 '));
        expect(decodeMark(text)).toBeUndefined();
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('plainLabel', () => {
  test('is at most 128 characters of one line, and stays as it is when it is made plain again', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const label = plainLabel(text);
        const shown = [...text].filter((character) => !/\p{Cf}/u.test(character)).length;
        expect([...label].length).toBeLessThanOrEqual(Math.min(shown, 128));
        expect(label).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
        expect(label.isWellFormed()).toBe(true);
        expect(plainLabel(label)).toBe(label);
      }),
      { numRuns: 5_000 },
    );
  });

  test('shows what it is: nothing invisible, and nothing that turns the direction of text', () => {
    const invisible = [
      '\u200b',
      '\u200d',
      '\u202e',
      '\u2066',
      '\u00ad',
      '\ufeff',
      '\u034f',
      '\u3164',
      '\u{e0041}',
    ];
    for (const character of invisible) expect(plainLabel(`backup${character}s`)).toBe('backups');
    expect(plainLabel('é 日本 \u{1f511} \u2764\ufe0f')).toBe('é 日本 \u{1f511} \u2764\ufe0f');
  });

  test('never ends in half a character', () => {
    expect(plainLabel('\u{1f511}'.repeat(200))).toBe('\u{1f511}'.repeat(128));
  });
});
