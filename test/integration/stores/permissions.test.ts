/** The table of operations against the real MinIO, with keys that the operator issued. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isAllowed, LEVELS, type Level } from '../../../scripts/docs/permissions/levels.ts';
import {
  OPERATIONS,
  type Operation,
  type OperationName,
} from '../../../scripts/docs/permissions/operations.ts';
import { type Issuing, startIssuing } from '../../permissions/issuing.ts';
import { accessOf } from '../../permissions/levels.ts';
import type { Caller } from '../../permissions/operation.ts';
import { CALLS } from '../../permissions/operations.ts';
import { s3Outcome } from '../support/fixtures.ts';

const REFUSED = 'AccessDenied';
/** The levels that one key can have at once. */
const LIMITED = LEVELS.filter((level) => level !== 'unrestricted' && level !== 'unnamed');

let given: Issuing;
const alone = new Map<Level, Caller>();
const together = new Map<Level, Caller>();

beforeAll(async () => {
  given = await startIssuing('permissions');
  for (const level of LEVELS) alone.set(level, (await given.issue(accessOf(level))).caller);
  const { caller } = await given.issue(accessOf(...LIMITED));
  for (const level of LIMITED) together.set(level, caller);
});
afterAll(async () => {
  await given?.end();
});

/** What came of the operation with each of the levels. */
async function outcomes(operation: OperationName, callers: Map<Level, Caller>): Promise<Map<Level, string>> {
  const seen = new Map<Level, string>();
  for (const [level, caller] of callers) {
    seen.set(level, await s3Outcome(CALLS[operation](caller, given.target(level))));
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
    expect(await outcomes(operation.name, callers)).toEqual(expected(operation, callers.keys()));
  });
});
