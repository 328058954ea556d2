import { describe, expect, test } from 'vitest';
import type { EveryKeyMay } from '../../../src/api/schema/store-fields.ts';
import { everyKeyMayNote, ordinaryRights } from '../../../src/objectstore/every-key-may.ts';

const resets = { creatingResets: true };
const harmless = { creatingResets: false };
const OLD_DEFAULT: readonly EveryKeyMay[] = ['ListBuckets', 'CreateBuckets'];

describe('if creating a bucket can reset one that exists', () => {
  test.each<[string, readonly EveryKeyMay[] | undefined, boolean, boolean]>([
    ['nothing is written', undefined, true, false],
    ['an earlier CRD has written its default', OLD_DEFAULT, true, false],
    ['the list is empty', [], false, false],
    ['the administrator gives creating and resetting', ['CreateOrResetBuckets'], false, true],
    ['all of it is written', [...OLD_DEFAULT, 'CreateOrResetBuckets'], true, true],
  ])('gives listing and creating as written if %s', (_, rights, listBuckets, createBuckets) => {
    expect(ordinaryRights(rights, resets)).toEqual({ listBuckets, createBuckets });
  });

  test('the status says what CreateBuckets does not give, and what CreateOrResetBuckets does', () => {
    expect(everyKeyMayNote(undefined, resets)).toBeUndefined();
    expect(everyKeyMayNote(['ListBuckets'], resets)).toBeUndefined();
    expect(everyKeyMayNote(OLD_DEFAULT, resets)).toContain('has no effect');
    expect(everyKeyMayNote([...OLD_DEFAULT, 'CreateOrResetBuckets'], resets)).toContain('may reset');
  });
});

describe('if creating a bucket leaves an existing one alone', () => {
  test.each<[string, readonly EveryKeyMay[] | undefined, boolean, boolean]>([
    ['nothing is written', undefined, true, true],
    ['creating is withheld', ['ListBuckets'], true, false],
    ['creating is written in either way', ['CreateOrResetBuckets'], false, true],
  ])('gives listing and creating as written if %s', (_, rights, listBuckets, createBuckets) => {
    expect(ordinaryRights(rights, harmless)).toEqual({ listBuckets, createBuckets });
    expect(everyKeyMayNote(rights, harmless)).toBeUndefined();
  });
});
