import { expect, test } from 'vitest';
import { createSession } from '../../../../src/cli/ui/session.ts';

test('a token opens the session once, and cookie and key admit together alone', () => {
  const session = createSession();
  const opened = session.redeem(session.token());
  if (opened.kind !== 'opened') throw new Error(opened.kind);
  const { cookie, key } = opened;
  expect(session.admits({ cookie, key })).toBe(true);
  expect(session.hasCookie(cookie)).toBe(true);
  for (const shown of [
    { cookie, key: undefined },
    { cookie: undefined, key },
    { cookie: key, key: cookie },
    { cookie: `${cookie}x`, key },
    { cookie: '', key: '' },
  ])
    expect(session.admits(shown)).toBe(false);
});

test('nothing is admitted before a token is redeemed, and a wrong token opens nothing', () => {
  const session = createSession();
  expect(session.redeem('')).toEqual({ kind: 'wrong' });
  expect(session.redeem(`${session.token()}x`)).toEqual({ kind: 'wrong' });
  expect(session.admits({ cookie: '', key: '' })).toBe(false);
  expect(session.admits({ cookie: undefined, key: undefined })).toBe(false);
});

test('a token that is used again closes the session, and a new one opens the next', () => {
  const session = createSession();
  const token = session.token();
  const opened = session.redeem(token);
  if (opened.kind !== 'opened') throw new Error(opened.kind);
  expect(session.redeem(token)).toEqual({ kind: 'usedBefore' });
  expect(session.admits(opened)).toBe(false);
  expect(session.token()).not.toBe(token);
  expect(session.redeem(token)).toEqual({ kind: 'usedBefore' });
  expect(session.redeem(session.token()).kind).toBe('opened');
});
