import { describe, expect, test } from 'vitest';
import { ShapeError } from '../../../../src/provider/json-members.ts';
import {
  findServerVersion,
  parseObject,
  parsePolicy,
  parsePolicyEntities,
  parseUser,
  parseUsers,
} from '../../../../src/provider/minio/answers.ts';

/** The bytes of an answer, in one chunk. */
const arriving = async function* (body: Buffer) {
  yield body;
};
const json = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));

test('an answer with a user is read', () => {
  const info = {
    policyName: 'a, b,',
    status: 'enabled',
    memberOf: ['g'],
    updatedAt: '2026-11-23T11:36:48.123456789Z',
  };
  expect(parseUser('me', info)).toEqual({
    accessKeyId: 'me',
    enabled: true,
    policies: ['a', 'b'],
    groups: ['g'],
    attachedAt: Date.UTC(2026, 10, 23, 11, 36, 48, 123),
  });
});

test("an answer with an empty user has no time: Go's zero time is none", () => {
  const info = { status: 'disabled', memberOf: null, updatedAt: '0001-01-01T00:00:00Z' };
  expect(parseUser('me', info)).toEqual({ accessKeyId: 'me', enabled: false, policies: [], groups: [] });
});

test('an answer may use any text as the name of a user', async () => {
  const users = await parseUsers(
    arriving(
      json(
        '{"__proto__":{"status":"enabled"},"constructor":{"status":"enabled"},"toString":{"status":"disabled"}}',
      ),
    ),
  );
  expect([...users.keys()].sort()).toEqual(['__proto__', 'constructor', 'toString']);
  expect(users.get('__proto__')?.enabled).toBe(true);
  expect({}).not.toHaveProperty('status');
});

test('an answer with many users keeps the wanted ones, and no more names than allowed', async () => {
  const users = Object.fromEntries(
    Array.from({ length: 100 }, (_, n) => [
      `u${n}`,
      { status: 'enabled', policyName: 'p,q', memberOf: ['g'] },
    ]),
  );
  const keep = ({ accessKeyId }: { accessKeyId: string }) => accessKeyId.endsWith('7');
  const body = json(users);
  expect((await parseUsers(arriving(body), { keep, maxNames: 40 })).size).toBe(10);
  await expect(parseUsers(arriving(body), { keep, maxNames: 39 })).rejects.toThrow('more than 39 names');
});

test("an answer of info gives the server's version from its beginning", () => {
  const info = (version: string) =>
    Buffer.from(
      `{"mode":"online","servers":[{"state":"online","endpoint":"a:9000","uptime":1,"version":"${version}",`,
    );
  expect(findServerVersion(info('2025-09-07T16:13:09Z'))).toBe('2025-09-07T16:13:09Z');
  expect(findServerVersion(info('<b>LEAK'))).toBeUndefined();
  expect(findServerVersion(Buffer.from('{"servers":[]}'))).toBeUndefined();
  expect(findServerVersion(Buffer.alloc(65536, '"servers":[{'))).toBeUndefined();
});

test('an answer with a policy is read with its ID or without', () => {
  expect(parsePolicy(json({ Policy: { ID: 'mark', Statement: [] } }))).toEqual({
    id: 'mark',
    document: { ID: 'mark', Statement: [] },
  });
  expect(parsePolicy(json({ Policy: {} })).id).toBe('');
});

test('an answer says who has a policy, and nobody else', () => {
  const answer = {
    policyMappings: [
      { policy: 'other', users: ['x'], groups: [] },
      { policy: 'p', users: ['a', '__proto__'], groups: null },
    ],
  };
  expect(parsePolicyEntities('p', json(answer))).toEqual({ users: ['a', '__proto__'], groups: [] });
  expect(parsePolicyEntities('p', json({}))).toEqual({ users: [], groups: [] });
});

describe('an answer of a wrong shape', () => {
  const marker = 'LEAK';
  test.each([
    ['not JSON', () => parseObject(json(`<html>${marker}`))],
    ['a list', () => parseObject(json([marker]))],
    ['null', () => parseObject(json('null'))],
    ['a number', () => parseObject(json('1'))],
    ['a user that is a text', () => parseUsers(arriving(json({ [marker]: marker })))],
    ['a user that is null', () => parseUsers(arriving(json({ [marker]: null })))],
    ['a user without a status', () => parseUser(marker, {})],
    ['another status', () => parseUser(marker, { status: marker })],
    ['policies as a list', () => parseUser(marker, { status: 'enabled', policyName: [marker] })],
    ['groups as a text', () => parseUser(marker, { status: 'enabled', memberOf: marker })],
    ['groups that are numbers', () => parseUser(marker, { status: 'enabled', memberOf: [1] })],
    ['a time that is none', () => parseUser(marker, { status: 'enabled', updatedAt: marker })],
    ['a time as a number', () => parseUser(marker, { status: 'enabled', updatedAt: 5 })],
    ['no policy', () => parsePolicy(json({ PolicyName: marker }))],
    ['a policy as a text', () => parsePolicy(json({ Policy: marker }))],
    ['an ID as a number', () => parsePolicy(json({ Policy: { ID: 1 } }))],
    ['mappings as an object', () => parsePolicyEntities('p', json({ policyMappings: { p: marker } }))],
    ['a mapping as a text', () => parsePolicyEntities('p', json({ policyMappings: [marker] }))],
    [
      'users as an object',
      () => parsePolicyEntities('p', json({ policyMappings: [{ policy: 'p', users: {} }] })),
    ],
  ])('is refused and not repeated: %s', async (_, parse) => {
    const error = await Promise.try<unknown, []>(parse).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ShapeError);
    expect(String(error)).not.toContain(marker);
  });
});
