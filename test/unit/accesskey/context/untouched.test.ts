import { expect, test } from 'vitest';
import { createHints } from '../../../../src/accesskey/context/hints.ts';
import { isUntouched } from '../../../../src/accesskey/context/untouched.ts';
import { FINALIZER } from '../../../../src/api/names.ts';
import { keyOf } from '../../../../src/runtime/key.ts';
import { accessKeyOf, CLUSTER } from '../../support/accesskey-fixtures.ts';

const NEW = accessKeyOf({ metadata: { finalizers: [] } });
const BORN = accessKeyOf({ metadata: { finalizers: [FINALIZER] } });
const ISSUED = accessKeyOf({
  metadata: { finalizers: [FINALIZER] },
  status: { accessKeyId: 'AKAAAAAAAAAAAAAAAAAA' },
});
const KEY = keyOf(BORN);
const { uid } = BORN.metadata;

function start() {
  const hints = createHints(() => 1_000_000);
  const none = { get: () => undefined } as never;
  return { hints, ctx: { hints, cluster: CLUSTER, secretCache: none, secretsOf: () => [] } };
}

test('a finalizer shows that something may have been made, unless the key appeared and no sync began', () => {
  const { hints, ctx } = start();
  expect(isUntouched(ctx, KEY, NEW)).toBe(true);
  expect(isUntouched(ctx, KEY, BORN)).toBe(false);
  hints.appeared(KEY, uid);
  expect(isUntouched(ctx, KEY, BORN)).toBe(true);
  expect(isUntouched(ctx, KEY, ISSUED)).toBe(false);
  hints.firstSyncBegins(KEY, BORN);
  expect(isUntouched(ctx, KEY, BORN)).toBe(false);
});

test('what a cache shows once more has begun all the same; another AccessKey of the name has not', () => {
  const { hints, ctx } = start();
  hints.appeared(KEY, uid);
  hints.firstSyncBegins(KEY, BORN);
  hints.appeared(KEY, uid);
  expect(isUntouched(ctx, KEY, BORN)).toBe(false);
  const next = { ...BORN, metadata: { ...BORN.metadata, uid: 'another' } };
  hints.appeared(KEY, 'another');
  expect(isUntouched(ctx, KEY, next)).toBe(true);
  expect(isUntouched(ctx, KEY, BORN)).toBe(false);
});

test('a key with a suspect, or one that is forgotten, is not untouched', () => {
  const { hints, ctx } = start();
  hints.appeared(KEY, uid);
  hints.requestSync(KEY, ['AKAAAAAAAAAAAAAAAAAA']);
  expect(isUntouched(ctx, KEY, BORN)).toBe(false);
  hints.forget(KEY);
  expect(isUntouched(ctx, KEY, BORN)).toBe(false);
});
