import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as errors from '../../../src/kube/errors.ts';
import { errorOfStatus, sensitiveValues } from '../../../src/kube/status.ts';

const about = 'patch secrets shop/photo';

test.each([
  [404, 'NotFound', ['isNotFound']],
  [409, 'Conflict', ['isConflict']],
  [409, 'AlreadyExists', ['isAlreadyExists']],
  [422, 'Invalid', ['isInvalid']],
  [400, 'BadRequest', ['isInvalid']],
  [403, 'Forbidden', ['isForbidden']],
  [410, 'Expired', ['isGone']],
  [429, 'TooManyRequests', []],
  [500, 'InternalError', []],
  [401, 'Unauthorized', []],
])('%i %s is %j and nothing else', (status, reason, wanted) => {
  const error = errorOfStatus({ about }, status, { message: 'no', reason });
  const { KubeError: _, isAnswered, ...predicates } = errors;
  expect(isAnswered(error)).toBe(true);
  expect(Object.entries(predicates).flatMap(([name, is]) => (is(error) ? [name] : []))).toEqual(wanted);
});

test('an error of anything else is no answer of the API server', () => {
  expect(errors.isNotFound(new Error('404'))).toBe(false);
});

test('a version of the future is as gone as an old one', () => {
  const details = { causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }] };
  const error = errorOfStatus({ about }, 504, {
    reason: 'Timeout',
    message: 'Too large resource version: 9',
    details,
  });
  expect(errors.isGone(error)).toBe(true);
  expect(errors.isGone(errorOfStatus({ about }, 0, { code: 410, reason: 'Gone' }))).toBe(true);
});

describe('the message of an error', () => {
  test('says what was asked, what came of it and why, cut', () => {
    const error = errorOfStatus({ about }, 403, {
      reason: 'Forbidden',
      message: `exceeded\nquota ${'x'.repeat(900)}`,
    });
    expect(error.message).toMatch(/^patch secrets shop\/photo: 403 Forbidden: exceeded quota x+…$/);
    expect(error.message.length).toBeLessThan(400);
  });

  test.each([undefined, null, 'text', 7, {}, { message: 5, reason: {}, details: { causes: 'none' } }])(
    'is a sentence for %j',
    (body) => {
      expect(errorOfStatus({ about }, 502, body).message).toBe('patch secrets shop/photo: 502');
    },
  );

  test('never has a value that was sent, however it is written', () => {
    const secret = fc
      .string({ minLength: 8, maxLength: 60, unit: 'grapheme-ascii' })
      .filter((text) => !/\s/.test(text));
    fc.assert(
      fc.property(
        secret,
        fc.constantFrom('data', 'stringData', 'json'),
        fc.string({ maxLength: 20 }),
        (value, where, around) => {
          const base64 = Buffer.from(value).toString('base64');
          const sent = where === 'stringData' ? value : base64;
          const body =
            where === 'json'
              ? [{ op: 'add', path: '/data', value: { key: sent } }]
              : { [where]: { key: sent } };
          const message = `${around} ${value} ${around} ${sent} ${JSON.stringify(value)}`;
          const error = errorOfStatus({ about: 'x', sensitive: sensitiveValues(body) }, 422, { message });
          expect(error.message.replaceAll('[redacted]', '')).not.toContain(value);
          expect(error.message).not.toContain(sent);
          expect(error.message).not.toContain(JSON.stringify(value).slice(1, -1));
        },
      ),
    );
  });
});

describe('Retry-After', () => {
  const ms = (header: string | undefined, body: unknown = {}) =>
    errorOfStatus({ about }, 429, body, { header, now: Date.UTC(2026, 0, 1) }).retryAfterMs;

  test.each([
    ['3', 3_000],
    ['Thu, 01 Jan 2026 00:00:20 GMT', 20_000],
    ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
    ['soon', undefined],
    [undefined, undefined],
  ])('%s is %s ms', (header, wanted) => {
    expect(ms(header)).toBe(wanted);
  });

  test('comes from the Status if the header is missing', () => {
    expect(ms(undefined, { details: { retryAfterSeconds: 2 } })).toBe(2_000);
    expect(ms('5', { details: { retryAfterSeconds: 2 } })).toBe(5_000);
  });
});
