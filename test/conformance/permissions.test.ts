/** The table of operations against the real stores, with keys that the operator issued. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isAllowed, LEVELS, type Level } from '../../scripts/docs/permissions/levels.ts';
import {
  OPERATIONS,
  type Operation,
  type OperationName,
  outcomeOn,
} from '../../scripts/docs/permissions/operations.ts';
import { s3Outcome } from '../integration/support/fixtures.ts';
import { type Issuing, startIssuing } from '../permissions/issuing.ts';
import { accessOf } from '../permissions/levels.ts';
import type { Caller } from '../permissions/operation.ts';
import { CALLS } from '../permissions/operations.ts';
import { describeStores, STORES } from './stores.ts';

const REFUSED = 'AccessDenied';
/** The levels that one key can have at once. */
const LIMITED = LEVELS.filter((level) => level !== 'unrestricted' && level !== 'unnamed');

describeStores(STORES, (kind) => {
  let given: Issuing;
  const alone = new Map<Level, Caller>();
  const together = new Map<Level, Caller>();

  /** Issues a key with all these levels, or as few keys as needed if the store's policies are too short. */
  async function issueTogether(levels: readonly Level[]): Promise<void> {
    const issued = await given.issueIfFits(accessOf(...levels));
    if (issued) {
      for (const level of levels) together.set(level, issued.caller);
      return;
    }
    const half = Math.ceil(levels.length / 2);
    await issueTogether(levels.slice(0, half));
    await issueTogether(levels.slice(half));
  }

  beforeAll(async () => {
    given = await startIssuing('permissions', kind);
    for (const level of LEVELS) alone.set(level, (await given.issue(accessOf(level))).caller);
    await issueTogether(LIMITED);
  });
  afterAll(() => given?.end());

  /** Returns the outcome of the operation with each of the levels. */
  async function outcomes(
    operation: OperationName,
    callers: Map<Level, Caller>,
  ): Promise<Map<Level, string>> {
    const seen = new Map<Level, string>();
    for (const [level, caller] of callers) {
      seen.set(level, await s3Outcome(CALLS[operation](caller, given.target(level))));
    }
    return seen;
  }

  function expected(operation: Operation, levels: Iterable<Level>): Map<Level, string> {
    const { audience, answer = 'ok' } = outcomeOn(kind.name, operation);
    return new Map([...levels].map((level) => [level, isAllowed(level, audience) ? answer : REFUSED]));
  }

  test('one key with several levels keeps them apart', () => {
    expect([...together.keys()]).toEqual(LIMITED);
    expect(new Set(together.values()).size).toBeLessThan(LIMITED.length);
  });

  describe.each([
    { keys: 'a key for each level', callers: alone },
    { keys: 'keys with many levels', callers: together },
  ])('$keys', ({ callers }) => {
    test.each(OPERATIONS)('$name', async (operation) => {
      expect(await outcomes(operation.name, callers)).toEqual(expected(operation, callers.keys()));
    });
  });
});
