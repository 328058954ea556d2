import { describe, expect, test } from 'vitest';
import type { HttpAnswer } from '../../../../src/provider/connection.ts';
import { answerFailure, codeOf, isNotOffered } from '../../../../src/provider/iam/answer-errors.ts';

const NOW = Date.parse('2026-11-27T12:00:00Z');

function answer(status: number, body: string, retryAfter?: string): HttpAnswer {
  return { status, server: undefined, contentType: 'text/xml', retryAfter, body: Buffer.from(body) };
}

/** As AWS, VersityGW and moto send it, and as Ceph does for what it doesn't route. */
const wrapped = (code: string, message = 'words of the server') =>
  `<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`;
const bare = (code: string) =>
  `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message></Message></Error>`;

const failure = (given: HttpAnswer) => answerFailure('read a user', 'https://iam:443', given, NOW);

describe('answerFailure', () => {
  test.each([
    [404, 'NoSuchEntity', 'absent'],
    [409, 'EntityAlreadyExists', 'taken'],
    [409, 'DeleteConflict', 'inUse'],
    [409, 'LimitExceeded', 'refused'],
    [409, 'EntityTemporarilyUnmodifiable', 'busy'],
    [409, 'ConcurrentModification', 'busy'],
    [400, 'Throttling', 'busy'],
    [503, 'ServiceUnavailable', 'busy'],
    [500, 'ServiceFailure', 'unreachable'],
    [403, 'AccessDenied', 'refused'],
    [403, 'InvalidClientTokenId', 'credentials'],
    [403, 'InvalidAccessKeyId', 'credentials'],
    [403, 'SignatureDoesNotMatch', 'credentials'],
    [400, 'MalformedPolicyDocument', 'invalid'],
    [400, 'ValidationError', 'invalid'],
    [400, 'InvalidAction', 'unreachable'],
    [405, 'MethodNotAllowed', 'unreachable'],
  ] as const)('%i %s is %s', (status, code, kind) => {
    expect(failure(answer(status, wrapped(code)))).toMatchObject({ kind, code });
    expect(failure(answer(status, bare(code)))).toMatchObject({ kind, code });
  });

  test('says what failed, the code and the remedy, and nothing of the server', () => {
    const { message } = failure(answer(409, wrapped('LimitExceeded')));
    expect(message).toBe(
      "could not read a user: https://iam:443 answered 409 LimitExceeded: a limit of its account is reached: raise the account's limit there, or remove what it counts",
    );
    expect(failure(answer(403, wrapped('Secret123'))).message).toBe(
      'could not read a user: https://iam:443 answered 403',
    );
  });

  test('tells a wrong clock from a wrong secret', () => {
    const expired = 'Signature expired: 20261127T115000Z is now earlier than 20261127T120000Z';
    expect(failure(answer(403, wrapped('SignatureDoesNotMatch', expired)))).toMatchObject({
      kind: 'unreachable',
      message: expect.stringContaining('clock'),
    });
  });

  test('takes the pause that a busy server asks for, and no other one', () => {
    expect(failure(answer(400, wrapped('Throttling'), '7')).retryAfterMs).toBe(7000);
    expect(failure(answer(404, wrapped('NoSuchEntity'), '7')).retryAfterMs).toBeUndefined();
  });

  test.each([
    [404, 'not found', 'unreachable'],
    [403, '', 'refused'],
    [429, '', 'busy'],
    [301, '', 'unreachable'],
    [500, '<!doctype html><html>', 'unreachable'],
  ] as const)('%i with %j is %s', (status, body, kind) => {
    expect(failure(answer(status, body)).kind).toBe(kind);
  });
});

test('codeOf knows only the codes of the table', () => {
  expect(codeOf(answer(404, wrapped('NoSuchEntity')))).toBe('NoSuchEntity');
  expect(codeOf(answer(404, wrapped('constructor')))).toBeUndefined();
  expect(codeOf(answer(404, '<Error><Code>'))).toBeUndefined();
});

test('isNotOffered is true for a call that the server does not have', () => {
  expect(isNotOffered(failure(answer(405, bare('MethodNotAllowed'))))).toBe(true);
  expect(isNotOffered(failure(answer(400, wrapped('InvalidAction'))))).toBe(true);
  expect(isNotOffered(failure(answer(500, wrapped('ServiceFailure'))))).toBe(false);
  expect(isNotOffered(new Error('x'))).toBe(false);
});
