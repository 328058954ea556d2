import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { startDeadline } from '../../../src/network/deadline.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('time that is over aborts, with a code for the metrics', () => {
  const deadline = startDeadline(undefined, 1_000);
  vi.advanceTimersByTime(999);
  expect([deadline.ended, deadline.signal.aborted]).toEqual([undefined, false]);
  vi.advanceTimersByTime(1);
  expect([deadline.ended, deadline.signal.aborted]).toEqual(['timeout', true]);
  expect(deadline.signal.reason).toMatchObject({ code: 'ERR_NO_ANSWER_IN_TIME' });
});

test('the caller aborts, before the start and later, with its own reason', () => {
  const reason = new Error('enough');
  expect(startDeadline(AbortSignal.abort(reason), 1_000)).toMatchObject({ ended: 'aborted' });
  const caller = new AbortController();
  const deadline = startDeadline(caller.signal, 1_000);
  caller.abort(reason);
  vi.advanceTimersByTime(2_000);
  expect([deadline.ended, deadline.signal.reason]).toEqual(['aborted', reason]);
});

test('a lifted deadline leaves the caller its signal, an ended one nothing', () => {
  const caller = new AbortController();
  const lifted = startDeadline(caller.signal, 1_000);
  const ended = startDeadline(caller.signal, 1_000);
  lifted.lift();
  ended.end();
  vi.advanceTimersByTime(2_000);
  expect(lifted.ended).toBeUndefined();
  caller.abort();
  expect([lifted.ended, ended.ended]).toEqual(['aborted', undefined]);
});
