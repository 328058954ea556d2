/** The table of operations against the real MinIO, with keys that the operator issued. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AccessKeySpec } from '../../src/api/accesskey.ts';
import type { Pair } from '../../src/store/store.ts';
import { accessOf, GRANTS, isAllowed, LEVEL_NAMES, type Level } from '../permissions/levels.ts';
import type { Caller, Operation, Target } from '../permissions/operation.ts';
import { OPERATIONS } from '../permissions/operations.ts';
import { callerOf, makeTarget } from '../permissions/targets.ts';
import { fixtures, readPair, ready, s3Client, s3Outcome, secretOf } from './fixtures.ts';
import { type OwnMinio, startOwnMinio } from './minio-server.ts';

const REFUSED = 'AccessDenied';
/** The levels that one key can have at once. */
const LIMITED = LEVEL_NAMES.filter((level) => level !== 'unrestricted' && level !== 'unnamed');

const given = await fixtures('permissions');
let own: OwnMinio;
const targets = new Map<Level, Target>();
const alone = new Map<Level, Caller>();
const together = new Map<Level, Caller>();

beforeAll(async () => {
  own = await startOwnMinio();
  const { endpoint } = own.minio;
  await given.operator();
  const store = await given.store({ minio: own.minio, grants: GRANTS });
  const namespace = await given.namespace();
  const issue = async (spec: Partial<AccessKeySpec>): Promise<Pair> => {
    const key = await given.accessKey(namespace, store, spec);
    await ready(given.bed, key);
    return readPair(given.bed, secretOf(key));
  };
  const root = s3Client(own.minio, own.root);
  for (const level of LEVEL_NAMES) {
    targets.set(level, await makeTarget(root, level));
    alone.set(level, callerOf(endpoint, await issue(accessOf(level))));
  }
  const all = callerOf(endpoint, await issue(accessOf(...LIMITED)));
  for (const level of LIMITED) together.set(level, all);
});

afterAll(async () => {
  await given.end();
  await own?.end();
});

/** What came of the operation with each of the levels. */
async function outcomes(operation: Operation, callers: Map<Level, Caller>): Promise<Map<Level, string>> {
  const seen = new Map<Level, string>();
  for (const [level, caller] of callers) {
    const target = targets.get(level);
    if (!target) throw new Error(`${level} has no bucket`);
    seen.set(level, await s3Outcome(operation.call(caller, target)));
  }
  return seen;
}

function expected({ audience, answer = 'ok' }: Operation, levels: Iterable<Level>): Map<Level, string> {
  return new Map([...levels].map((level) => [level, isAllowed(level, audience) ? answer : REFUSED]));
}

describe.each([
  { keys: 'a key for each level', callers: alone },
  { keys: 'one key with all limited levels', callers: together },
])('$keys', ({ callers }) => {
  test.each(OPERATIONS)('$name', async (operation) => {
    expect(await outcomes(operation, callers)).toEqual(expected(operation, callers.keys()));
  });
});
