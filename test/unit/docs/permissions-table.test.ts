import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { generatedDocs } from '../../../scripts/docs/documents.ts';
import { AUDIENCES, type Audience, isAllowed, LEVELS } from '../../../scripts/docs/permissions/levels.ts';
import { OPERATIONS } from '../../../scripts/docs/permissions/operations.ts';
import { MINIO_ACTIONS } from '../../../src/provider/minio/actions.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');

/** MinIO asks for the action on the object instead, whichever version it is. */
const NEVER_ASKED = ['s3:DeleteObjectVersion', 's3:GetObjectVersion'];

test.each(generatedDocs())(
  '$path is what the tables stand for: if not, `npm run generate`',
  ({ path, text }) => {
    expect(readFileSync(join(ROOT, path), 'utf8')).toBe(text);
  },
);

test('no operation is in the table twice', () => {
  const names = OPERATIONS.map(({ name }) => name);
  expect([...new Set(names)]).toEqual(names);
});

test('every action that is granted is asked for by an operation of the table', () => {
  const { readBucket, readObject, writeBucket, configureBucket, writeObject, listBuckets, createBuckets } =
    MINIO_ACTIONS;
  const granted = [
    readBucket,
    readObject,
    writeBucket,
    configureBucket,
    writeObject,
    listBuckets,
    createBuckets,
  ];
  const asked = new Set(OPERATIONS.map(({ action }) => `s3:${action}`));
  const unasked = granted.flat().filter((action) => !asked.has(action));
  expect(unasked.sort()).toEqual(NEVER_ASKED);
});

/** Returns the levels that may do what needs that action, by the lists from which policies are made. */
function audienceOf(action: string): Audience {
  const { readBucket, readObject, writeBucket, configureBucket, writeObject } = MINIO_ACTIONS;
  const { appendOnly, locateBucket, listBucket, listBuckets, createBuckets } = MINIO_ACTIONS;
  if (listBuckets.includes(action)) return 'everyKey';
  if ([...createBuckets, ...MINIO_ACTIONS.wiping].includes(action)) return 'nobody';
  if (locateBucket.includes(action)) return 'findsBucket';
  if ([...listBucket, ...readObject].includes(action)) return 'readsObjects';
  if (readBucket.includes(action)) return 'readsBucket';
  if (writeBucket.includes(action)) return 'writesBucket';
  if (configureBucket.includes(action)) return 'writesSettings';
  if (appendOnly.object.includes(action)) return 'addsObjects';
  return writeObject.includes(action) ? 'deletesObjects' : 'unrestricted';
}

/** The operations for which more than the action decides. */
const EXCEPTIONS: ReadonlyMap<string, Audience> = new Map([
  // It names no prefix, and a list without one is only for keys of the whole bucket.
  ['HeadBucket', 'readsBucket'],
]);

test.each(
  OPERATIONS.flatMap(({ name, action, audience }) =>
    action === undefined ? [] : [{ name, action, audience }],
  ),
)('$name is for those whose policy has $action', ({ name, action, audience }) => {
  expect(audience).toBe(EXCEPTIONS.get(name) ?? audienceOf(`s3:${action}`));
});

test('a level never has less than the one below it', () => {
  const ladder = [
    ['none', 'readOnlyOutside'],
    ['readOnlyOutside', 'readOnlyInside'],
    ['readOnlyInside', 'readOnly'],
    ['readOnlyInside', 'readWriteInside'],
    ['readWriteInside', 'readWriteNoSettings'],
    ['readOnly', 'readWriteNoSettings'],
    ['readWriteNoSettings', 'readWrite'],
    ['readWrite', 'unrestricted'],
  ] as const;
  for (const audience of Object.keys(AUDIENCES) as Audience[]) {
    for (const [less, more] of ladder) {
      expect([audience, less, more, isAllowed(less, audience) && !isAllowed(more, audience)]).toContain(
        false,
      );
    }
    expect(LEVELS.some((level) => isAllowed(level, audience))).toBe(audience !== 'nobody');
  }
});
