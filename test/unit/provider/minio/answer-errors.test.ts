import { expect, test } from 'vitest';
import type { HttpAnswer } from '../../../../src/provider/connection.ts';
import { connectionFailure } from '../../../../src/provider/connection-errors.ts';
import { answerFailure } from '../../../../src/provider/minio/answer-errors.ts';

const ENDPOINT = 'https://store.example:9000';
const NOW = Date.UTC(2026, 10, 23);
const answer = (status: number, body: string, retryAfter?: string): HttpAnswer => ({
  status,
  server: undefined,
  contentType: '',
  retryAfter,
  body: Buffer.from(body),
});
const json = (code: string) => JSON.stringify({ Code: code, Message: 'LEAK', Resource: 'LEAK' });
const xml = (code: string) =>
  `<?xml version="1.0"?>\n<Error><Code>${code}</Code><Message>LEAK</Message></Error>`;
const failure = (status: number, body: string, retryAfter?: string) =>
  answerFailure('do it', ENDPOINT, answer(status, body, retryAfter), NOW);

test.each([
  [404, 'XMinioAdminNoSuchUser', 'absent'],
  [404, 'XMinioAdminNoSuchPolicy', 'absent'],
  [400, 'XMinioIAMPolicyInUse', 'inUse'],
  [403, 'AccessDenied', 'refused'],
  [403, 'XMinioInvalidIAMCredentials', 'refused'],
  [403, 'SignatureDoesNotMatch', 'credentials'],
  [403, 'InvalidAccessKeyId', 'credentials'],
  [400, 'XMinioMalformedIAMPolicy', 'invalid'],
  [400, 'XMinioAdminInvalidSecretKey', 'invalid'],
  [503, 'XMinioServerNotInitialized', 'busy'],
  [503, 'SlowDown', 'busy'],
  [500, 'InternalError', 'unreachable'],
  [426, 'XMinioAdminVersionMismatch', 'unreachable'],
] as const)('%i %s is %s, in JSON and in XML', (status, code, kind) => {
  for (const body of [json(code), xml(code)]) {
    const error = failure(status, body);
    expect(error).toMatchObject({ kind, code });
    expect(error.message).toContain(`could not do it: ${ENDPOINT} answered ${status} ${code}`);
    expect(error.message).not.toContain('LEAK');
    expect(error.cause).toBeUndefined();
  }
});

test.each([
  [404, '<html>LEAK', 'unreachable'],
  [404, json('LEAK'), 'unreachable'],
  [404, '', 'unreachable'],
  [403, '<html>LEAK', 'refused'],
  [401, '', 'refused'],
  [307, '', 'unreachable'],
  [429, '', 'busy'],
  [503, '<html>LEAK', 'busy'],
  [502, '<html>LEAK', 'unreachable'],
  [400, '{"Code":{"LEAK":1}}', 'unreachable'],
  [400, '{"Code"', 'unreachable'],
  [200, xml('LEAK'), 'unreachable'],
] as const)('%i without a known code (%s) is %s', (status, body, kind) => {
  const error = failure(status, body);
  expect(error.kind).toBe(kind);
  expect(error.code).toBeUndefined();
  expect(error.message).not.toContain('LEAK');
});

test('a wrong clock is reported as such', () => {
  const error = failure(403, xml('RequestTimeTooSkewed'));
  expect(error.kind).toBe('unreachable');
  expect(error.message).toContain('clock');
});

test.each([
  ['7', 7000],
  ['0', 0],
  ['99999999', 300_000],
  [new Date(NOW + 5000).toUTCString(), 5000],
  [new Date(NOW - 5000).toUTCString(), 0],
  ['soon', undefined],
  [undefined, undefined],
])('Retry-After %s is %s ms', (header, ms) => {
  expect(failure(503, '', header).retryAfterMs).toBe(ms);
});

test.each([
  ['aborted', 'aborted', 'given up'],
  ['UND_ERR_CLOSED', 'aborted', 'were closed'],
  ['timeout', 'unreachable', 'within 1.5 s'],
  ['ECONNREFUSED', 'unreachable', 'refuses connections'],
  ['ENOTFOUND', 'unreachable', 'cannot be resolved'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'unreachable', 'not trusted'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'unreachable', 'TLS'],
  ['HPE_INVALID_CONSTANT', 'unreachable', 'HTTP'],
  ['', 'unreachable', 'could not be asked'],
])('a connection that ended by %s is %s: %s', (ended, kind, words) => {
  const error = connectionFailure('do it', ENDPOINT, ended, 1500);
  expect(error.kind).toBe(kind);
  expect(error.message).toContain(words);
});
