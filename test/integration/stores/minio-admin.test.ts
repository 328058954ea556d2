import { Client } from 'minio';
import { AssumeRoleProvider } from 'minio/dist/esm/AssumeRoleProvider.mjs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PolicyDocument } from '../../../src/provider/documents/statement.ts';
import type { MinioStore } from '../../../src/provider/minio/admin.ts';
import { newPair, type OwnMinio, startOwnMinio } from '../support/minio-server.ts';

/** All that the operator needs to be allowed. */
const OPERATOR_ACTIONS = [
  ...['CreateUser', 'DeleteUser', 'EnableUser', 'GetUser', 'ListUsers', 'AttachUserOrGroupPolicy'],
  ...['CreatePolicy', 'DeletePolicy', 'GetPolicy', 'RemoveServiceAccount', 'ListServiceAccounts'],
].map((action) => `admin:${action}`);

const document = (statement: Partial<PolicyDocument['Statement'][number]> = {}): PolicyDocument => ({
  ID: 'a mark, with "quotes" and ünïcode',
  Version: '2012-10-17',
  Statement: [
    {
      Sid: 'Read',
      Effect: 'Allow',
      Action: ['s3:GetObject'],
      Resource: ['arn:aws:s3:::photos/*'],
      ...statement,
    },
    { Effect: 'Deny', Action: ['admin:CreateUser', 'admin:CreateServiceAccount'] },
  ],
});

let own: OwnMinio;
/** Signs as an operator with those actions and no others. */
let store: MinioStore;

beforeAll(async () => {
  own = await startOwnMinio();
  const asRoot = own.open();
  const operator = newPair();
  const allowed = { Effect: 'Allow', Action: OPERATOR_ACTIONS } as const;
  await asRoot.putPolicy('operator', { ID: '', Version: '2012-10-17', Statement: [allowed] });
  await asRoot.putUser(operator);
  await asRoot.setUserPolicies(operator.accessKeyId, ['operator']);
  store = own.open({ credentials: operator });
});

afterAll(async () => {
  await own.end();
});

const failureOf = (call: Promise<unknown>) =>
  call.then(
    () => expect.fail('it did not fail'),
    (error: unknown) => error,
  );

async function newUser(policies: readonly string[] = []): Promise<ReturnType<typeof newPair>> {
  const pair = newPair();
  await store.putUser(pair);
  if (policies.length > 0) await store.setUserPolicies(pair.accessKeyId, policies);
  return pair;
}

describe('the client of users', () => {
  test('makes, enables, shows, disables, enables and removes a user', async () => {
    const pair = newPair();
    const { accessKeyId } = pair;
    expect(await store.getUser(accessKeyId)).toBeUndefined();
    await store.putUser(pair);
    expect(await store.getUser(accessKeyId)).toEqual({
      accessKeyId,
      enabled: true,
      policies: [],
      groups: [],
    });
    await store.setUserEnabled(accessKeyId, false);
    await store.setUserEnabled(accessKeyId, false);
    expect(await store.getUser(accessKeyId)).toMatchObject({ enabled: false });
    await store.setUserEnabled(accessKeyId, true);
    expect(await store.getUser(accessKeyId)).toMatchObject({ enabled: true });
    await store.removeUser(accessKeyId);
    await store.removeUser(accessKeyId);
    expect(await store.getUser(accessKeyId)).toBeUndefined();
  });

  test('keeps the policies of a user that is written again, with the new secret and enabled', async () => {
    await store.putPolicy('kept', document());
    const pair = await newUser(['kept']);
    await store.setUserEnabled(pair.accessKeyId, false);
    const renewed = { ...pair, secretAccessKey: newPair().secretAccessKey };
    await store.putUser(renewed);
    expect(await store.probe(pair)).toEqual({ kind: 'wrongSecret' });
    expect(await store.probe(renewed)).toMatchObject({
      kind: 'works',
      user: { enabled: true, policies: ['kept'] },
    });
  });

  test('lists 200 users in one answer, one with an awkward name too', async () => {
    const ids = new Set<string>();
    for (let done = 0; done < 200; done += 20) {
      const made = await Promise.all(Array.from({ length: 20 }, () => newUser()));
      for (const { accessKeyId } of made) ids.add(accessKeyId);
    }
    await store.putPolicy('one-of-two', document());
    await store.putPolicy('two-of-two', document());
    const awkward = { accessKeyId: '__proto__', secretAccessKey: newPair().secretAccessKey };
    await store.putUser(awkward);
    await store.setUserPolicies('__proto__', ['one-of-two', 'two-of-two']);
    const users = await store.listUsers();
    expect([...ids].filter((id) => !users.has(id))).toEqual([]);
    const listed = users.get('__proto__');
    expect(listed?.policies.toSorted()).toEqual(['one-of-two', 'two-of-two']);
    expect(Math.abs((listed?.attachedAt ?? 0) - Date.now())).toBeLessThan(60_000);
    expect(await store.getUser('__proto__')).toEqual({
      ...listed,
      policies: expect.arrayContaining(['one-of-two']),
    });
    expect(users.has(own.root.accessKeyId)).toBe(false);
  });

  test.each([
    ['setUserEnabled', (id: string) => store.setUserEnabled(id, true)],
    ['setUserPolicies', (id: string) => store.setUserPolicies(id, [])],
  ])('answers `absent` to %s of a user that does not exist', async (_, call) => {
    expect(await failureOf(call(newPair().accessKeyId))).toMatchObject({ kind: 'absent' });
  });

  test('never shows the root user, and does nothing to it', async () => {
    const { accessKeyId } = own.root;
    expect(await store.getUser(accessKeyId)).toBeUndefined();
    const write = store.putUser({ ...newPair(), accessKeyId });
    expect(await failureOf(write)).toMatchObject({ kind: 'refused', code: 'XMinioInvalidIAMCredentials' });
    await own.open().check();
  });

  test('answers `invalid` to a secret that is too short, and does not repeat it', async () => {
    const error = await failureOf(store.putUser({ ...newPair(), secretAccessKey: 'short' }));
    expect(error).toMatchObject({ kind: 'invalid', code: 'XMinioAdminInvalidSecretKey' });
    expect(String(error)).not.toContain('short');
  });
});

describe('the client of policies', () => {
  test('writes a policy, reads it with its ID, overwrites and removes it', async () => {
    expect(await store.getPolicy('life')).toBeUndefined();
    await store.putPolicy('life', document());
    const stored = await store.getPolicy('life');
    expect(stored?.id).toBe(document().ID);
    expect(stored?.document).toMatchObject({
      Version: '2012-10-17',
      Statement: [{ Sid: 'Read' }, { Effect: 'Deny' }],
    });
    await store.putPolicy('life', document({ Sid: 'Other' }));
    expect((await store.getPolicy('life'))?.document).toMatchObject({ Statement: [{ Sid: 'Other' }, {}] });
    await store.removePolicy('life');
    await store.removePolicy('life');
    expect(await store.getPolicy('life')).toBeUndefined();
  });

  test('sends a name of 255 bytes, spaces and signs as it is', async () => {
    const name = `a b+c&d=e%41'(ü)!~.${'x'.repeat(235)}`;
    expect(Buffer.byteLength(name)).toBe(255);
    await store.putPolicy(name, document());
    expect((await store.getPolicy(name))?.id).toBe(document().ID);
    await store.removePolicy(name);
    expect(await store.getPolicy(name)).toBeUndefined();
  });

  test('answers `inUse` for a policy that is attached, also to a disabled user, until the user is gone', async () => {
    await store.putPolicy('used', document());
    const { accessKeyId } = await newUser(['used']);
    await store.setUserEnabled(accessKeyId, false);
    expect(await failureOf(store.removePolicy('used'))).toMatchObject({ kind: 'inUse' });
    expect(await store.policyEntities('used')).toEqual({ users: [accessKeyId], groups: [] });
    await store.removeUser(accessKeyId);
    expect(await store.policyEntities('used')).toEqual({ users: [], groups: [] });
    await store.removePolicy('used');
  });

  test('sets the policies of a user exactly', async () => {
    for (const name of ['a', 'b', 'c']) await store.putPolicy(name, document());
    const { accessKeyId } = await newUser(['a', 'b']);
    const policies = async () => (await store.getUser(accessKeyId))?.policies.toSorted();
    expect(await policies()).toEqual(['a', 'b']);
    await store.setUserPolicies(accessKeyId, ['b', 'c']);
    await store.setUserPolicies(accessKeyId, ['b', 'c']);
    expect(await policies()).toEqual(['b', 'c']);
    await store.setUserPolicies(accessKeyId, []);
    expect(await policies()).toEqual([]);
  });

  test('answers `absent` to attaching a policy that does not exist, or to a disabled user', async () => {
    await store.putPolicy('there', document());
    const { accessKeyId } = await newUser();
    const missing = await failureOf(store.setUserPolicies(accessKeyId, ['not-there']));
    expect(missing).toMatchObject({ kind: 'absent', code: 'XMinioAdminNoSuchPolicy' });
    await store.setUserEnabled(accessKeyId, false);
    const disabled = await failureOf(store.setUserPolicies(accessKeyId, ['there']));
    expect(disabled).toMatchObject({ kind: 'absent', code: 'XMinioAdminNoSuchUser' });
  });

  test('sends 20480 bytes, and not one more', async () => {
    const sized = (bytes: number): PolicyDocument => {
      const empty = Buffer.byteLength(JSON.stringify({ ...document(), ID: '' }));
      return { ...document(), ID: 'x'.repeat(bytes - empty) };
    };
    await store.putPolicy('large', sized(20480));
    expect((await store.getPolicy('large'))?.id.length).toBeGreaterThan(20000);
    const error = await failureOf(store.putPolicy('large', sized(20481)));
    expect(error).toMatchObject({ kind: 'invalid', code: undefined });
    expect(String(error)).toContain('20481 bytes');
  });

  test('answers `invalid` to a document that the policy engine refuses', async () => {
    const error = await failureOf(store.putPolicy('bad', document({ Action: ['s3:NoSuchThing'] })));
    expect(error).toMatchObject({ kind: 'invalid', code: 'XMinioMalformedIAMPolicy' });
    expect(await store.getPolicy('bad')).toBeUndefined();
  });
});

describe('the proof of a pair', () => {
  test('has four results', async () => {
    await store.putPolicy('proved', document());
    const pair = await newUser();
    expect(await store.probe(pair)).toEqual({ kind: 'unproven' });
    await store.setUserPolicies(pair.accessKeyId, ['proved']);
    expect(await store.probe(pair)).toEqual({
      kind: 'works',
      user: {
        accessKeyId: pair.accessKeyId,
        enabled: true,
        policies: ['proved'],
        groups: [],
        attachedAt: expect.any(Number),
      },
    });
    expect(await store.probe({ ...pair, secretAccessKey: newPair().secretAccessKey })).toEqual({
      kind: 'wrongSecret',
    });
    expect(await store.probe(newPair())).toEqual({ kind: 'unknown' });
    await store.setUserEnabled(pair.accessKeyId, false);
    expect(await store.probe(pair)).toEqual({ kind: 'unknown' });
  });

  test('accepts no pair of the root user, though it is right', async () => {
    expect(await store.probe(own.root)).toEqual({ kind: 'unproven' });
  });
});

test('sessions that a user has made end when they are revoked', async () => {
  await store.putPolicy(
    'sessions',
    document({ Action: ['s3:ListAllMyBuckets'], Resource: ['arn:aws:s3:::*'] }),
  );
  const pair = await newUser(['sessions']);
  const session = await new AssumeRoleProvider({
    stsEndpoint: own.minio.endpoint,
    accessKey: pair.accessKeyId,
    secretKey: pair.secretAccessKey,
  }).getCredentials();
  const { hostname, port } = new URL(own.minio.endpoint);
  const client = new Client({
    endPoint: hostname,
    port: Number(port),
    useSSL: false,
    accessKey: session.getAccessKey(),
    secretKey: session.getSecretKey(),
    sessionToken: session.getSessionToken() ?? '',
  });
  expect(await client.listBuckets()).toEqual([]);
  await store.revokeSessions(pair.accessKeyId);
  await store.revokeSessions(pair.accessKeyId);
  await expect(client.listBuckets()).rejects.toThrow();
});

describe("the check of the operator's own credentials", () => {
  test('passes with the right ones and says what is wrong with others', async () => {
    await store.check();
    const unknown: MinioStore = own.open({ credentials: newPair() });
    expect(await failureOf(unknown.check())).toMatchObject({
      kind: 'credentials',
      code: 'InvalidAccessKeyId',
    });
    const wrong: MinioStore = own.open({
      credentials: { ...own.root, secretAccessKey: newPair().secretAccessKey },
    });
    expect(await failureOf(wrong.check())).toMatchObject({
      kind: 'credentials',
      code: 'SignatureDoesNotMatch',
    });
    const powerless: MinioStore = own.open({ credentials: await newUser() });
    expect(await failureOf(powerless.check())).toMatchObject({ kind: 'refused', code: 'AccessDenied' });
  });

  test('reports a wrong clock as such', async () => {
    const late = own.open({ now: () => Date.now() - 20 * 60_000 });
    const error = await failureOf(late.check());
    expect(error).toMatchObject({ kind: 'unreachable', code: 'RequestTimeTooSkewed' });
    expect(String(error)).toContain('clock');
  });

  test('passes with any region', async () => {
    await own.open({ region: 'eu-west-1' }).check();
  });
});
