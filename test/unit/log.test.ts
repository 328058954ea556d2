import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import { describe, expect, test } from 'vitest';
import { createLog, scrub } from '../../src/log.ts';
import { newPair } from '../../src/ownership/new-pair.ts';
import { StoreError } from '../../src/provider/errors.ts';

const pair = newPair('accesskeys.prod.shop.photo-uploader.x', randomBytes);
const secret = pair.secretAccessKey;
const base64 = (text: string) => Buffer.from(text).toString('base64');
const token = ['header', 'claims', 'signature']
  .map((part) => Buffer.from(`{"${part}":"${randomBytes(20).toString('hex')}"}`).toString('base64url'))
  .join('.');

/** Returns the log's output for those calls. */
function written(act: (log: Logger) => void): string {
  let text = '';
  act(
    createLog('debug', {
      write: (line: string) => {
        text += line;
      },
    }),
  );
  if (text === '') throw new Error('nothing was logged');
  return text;
}

/** Checks without ever printing the secret: a failure says only that it was found. */
function holdsNothingOf(text: string, hidden: string): boolean {
  return [hidden, base64(hidden), encodeURIComponent(hidden), JSON.stringify(hidden).slice(1, -1)].every(
    (spelling) => !text.includes(spelling),
  );
}

describe('a secret that is logged by mistake', () => {
  test.each<[string, (log: Logger) => void]>([
    ['a field', (log) => log.info({ secretAccessKey: secret }, 'made')],
    ['a field of another name', (log) => log.info({ value: secret }, 'made')],
    ['a pair', (log) => log.info({ pair }, 'made')],
    ['a pair in a field of another name', (log) => log.info({ made: pair }, 'made')],
    ['a step', (log) => log.info({ step: { do: 'putUser', pair } }, 'made')],
    [
      'a publication deep inside',
      (log) => log.info({ plan: { steps: [{ publication: { pair } }] } }, 'made'),
    ],
    [
      "a Secret's data",
      (log) => log.info({ secret: { data: { AWS_SECRET_ACCESS_KEY: base64(secret) } } }, 'made'),
    ],
    ['a list', (log) => log.info({ args: ['--secret', secret] }, 'made')],
    ['a key', (log) => log.info({ [secret]: true }, 'made')],
    ['the message', (log) => log.info(`the pair is ${pair.accessKeyId}:${secret}`)],
    ['the message, in quotes', (log) => log.info(`secret="${secret}"`)],
    ['the message, on a line of its own', (log) => log.info(`${pair.accessKeyId}\n${secret}\n`)],
    ['the message, behind a tab', (log) => log.info(`secret\t${secret}`)],
    ['the message, behind a control character', (log) => log.info(`secret\u0001${secret}`)],
    ['a field, as JSON', (log) => log.info({ answer: JSON.stringify({ note: `\n${secret}` }) }, 'made')],
    ['the arguments of a format', (log) => log.info('made %s', secret)],
    [
      'a credentials file',
      (log) => log.info({ file: `[default]\naws_secret_access_key = ${secret}\n` }, 'made'),
    ],
    ['base64', (log) => log.info(`data: ${base64(secret)}`)],
    ['base64, on a line of its own', (log) => log.info(`data:\n${base64(secret)}`)],
    ["an error's message", (log) => log.error({ err: new Error(`no such ${secret}`) }, 'failed')],
    [
      "an error's stack",
      (log) => log.error({ err: Object.assign(new Error('x'), { stack: `Error: x\n${secret}` }) }, 'failed'),
    ],
    [
      "an error's cause",
      (log) => log.error({ err: new StoreError('invalid', 'x', { cause: new Error(secret) }) }, 'failed'),
    ],
    [
      "an error's own field",
      (log) => log.error({ err: Object.assign(new Error('x'), { request: { body: secret } }) }, 'failed'),
    ],
    [
      "an error's code",
      (log) => log.error({ err: Object.assign(new Error('x'), { code: secret }) }, 'failed'),
    ],
    ['what is thrown and no error', (log) => log.error({ err: secret }, 'failed')],
    ['an error alone', (log) => log.error(new Error(secret))],
  ])('is removed from the line: %s', (_what, act) => {
    expect(holdsNothingOf(written(act), secret)).toBe(true);
  });
});

describe('a sensitive field', () => {
  test.each<[string, object]>([
    ['at the top', { credentials: 'short-one' }],
    ['one level down', { store: { name: 'default', credentials: 'short-one' } }],
    ['two levels down', { a: { b: { data: { key: 'short-one' } } } }],
    ['in a list', { secrets: [{ name: 'a', stringData: { key: 'short-one' } }] }],
    ['beside an error', { err: new TypeError('x'), body: 'short-one' }],
  ])('is hidden: %s', (_where, fields) => {
    const before = structuredClone(fields);
    const line = written((log) => log.info(fields, 'x'));
    expect(line).toContain('[redacted]');
    expect(line).not.toContain('short-one');
    expect(fields).toEqual(before);
  });

  test('leaves the fields beside it in the line', () => {
    const fields = { err: new TypeError('x'), list: [{ name: 'a', token: 'short-one' }], body: undefined };
    expect(JSON.parse(written((log) => log.info(fields, 'x')))).toMatchObject({
      err: { type: 'TypeError' },
      list: [{ name: 'a', token: '[redacted]' }],
      body: '[redacted]',
    });
  });
});

describe('a token that is logged by mistake', () => {
  test.each<[string, (log: Logger) => void]>([
    ['a header', (log) => log.info({ headers: { authorization: `Bearer ${token}` } }, 'asked')],
    ['a header of another name', (log) => log.info({ auth: `Bearer ${token}` }, 'asked')],
    ['the message', (log) => log.info(`Bearer ${token}`)],
    ['the message, on a line of its own', (log) => log.info(`token:\n${token}`)],
    ['an error', (log) => log.error({ err: new Error(`refused Bearer ${token}`) }, 'failed')],
  ])('is removed from the line: %s', (_what, act) => {
    const text = written(act);
    for (const part of token.split('.')) expect(text.includes(part)).toBe(false);
  });

  test('is removed from the line even if it is no JWT', () => {
    const opaque = randomBytes(12).toString('hex');
    expect(written((log) => log.info(`authorization: Bearer ${opaque}`)).includes(opaque)).toBe(false);
  });

  test('is removed from the line if it is the signature of a request', () => {
    const signature = randomBytes(32).toString('hex');
    const header = `AWS4-HMAC-SHA256 Credential=x/20261123/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=${signature}`;
    expect(written((log) => log.info({ sent: header }, 'asked')).includes(signature)).toBe(false);
  });
});

describe('a line of the log', () => {
  test('keeps namespace, name, id and reason of an object', () => {
    const line = written((log) =>
      log.info(
        { namespace: 'shop', name: 'a', accessKeyId: pair.accessKeyId, reason: 'Issued' },
        'step done',
      ),
    );
    expect(JSON.parse(line)).toMatchObject({
      level: 'info',
      namespace: 'shop',
      name: 'a',
      accessKeyId: pair.accessKeyId,
      reason: 'Issued',
      msg: 'step done',
    });
  });

  test('keeps type, kind and message of an expected error, without a stack', () => {
    const err = new StoreError('refused', 'the store refused');
    const { err: logged } = JSON.parse(written((log) => log.warn({ err }, 'x'))) as {
      err: Record<string, unknown>;
    };
    expect(logged).toMatchObject({ type: 'StoreError', kind: 'refused', message: 'the store refused' });
    expect(logged).not.toHaveProperty('stack');
  });

  test('keeps the stack of an unexpected error', () => {
    const { err } = JSON.parse(written((log) => log.error({ err: new TypeError('x') }, 'x'))) as {
      err: { stack?: string };
    };
    expect(err.stack).toContain('log.test.ts');
  });

  test.each([
    [
      'a policy name',
      'accesskeys.c1c1c1c1-0000-4000-8000-000000000001.shop.photo-uploader.ramhunpvjy425vcgy7kfkwzef4',
    ],
    ['a UID', 'c1c1c1c1-0000-4000-8000-000000000001'],
    ['a digest in hex', 'a'.repeat(64)],
    ['an access key id', 'AKOP3NHXI7C6HPMZOVHS'],
    ['the word bearer', 'the bearer token was refused'],
  ])('keeps %s', (_what, text) => {
    expect(scrub(text)).toBe(text);
  });

  test('is one line of JSON, whatever was removed from it', () => {
    const line = written((log) =>
      log.info({ a: secret, b: base64(secret), c: `Bearer ${token}` }, `x\n${secret}`),
    );
    expect(line.trim().split('\n')).toHaveLength(1);
    expect(() => JSON.parse(line)).not.toThrow();
  });
});
