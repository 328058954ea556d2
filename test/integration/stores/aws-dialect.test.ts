/**
 * AWS's own dialect of IAM, by moto: managed policies, the details of an account, its errors. Moto enforces nothing, so
 * what a policy allows is tried on other servers.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { newAccessKeyId, policyName } from '../../../src/ownership/names.ts';
import { createIam, type Iam } from '../../../src/provider/iam/iam.ts';
import { managedArn, pathOf } from '../../../src/provider/iam/paths.ts';
import { signRequest } from '../../../src/provider/iam/signing.ts';
import { createIamStore } from '../../../src/provider/iam/store.ts';
import { IAM } from '../../../src/provider/iam/traits.ts';
import type { Policy } from '../../../src/provider/policy.ts';
import type { Store } from '../../../src/provider/provider.ts';
import { type Action, type FaultProxy, type Hook, startProxy } from '../../bed/proxy.ts';
import {
  credentialsData,
  edit,
  fixtures,
  policyOf,
  readPair,
  ready,
  reason,
  samePair,
  secretOf,
  secretRef,
  storeReady,
  storeRef,
  until,
} from '../support/fixtures.ts';
import { motoTool } from '../support/tools.ts';

const CLUSTER = { name: 'prod', uid: 'x' };
const ROOT = '/accesskeys/';
const { form } = IAM;

/** A policy for that many buckets. Some ten fit into an inline one. */
function policyFor(buckets: number, mark = 'accesskeys.dev/v1 x y - label'): Policy {
  const entries = Array.from({ length: buckets }, (_, at) => ({
    bucketName: `bucket-of-a-usual-length-${at}`,
    permissions: 'read_only' as const,
    prefixes: [],
    settings: false,
  }));
  return {
    mark,
    access: { kind: 'limited', entries },
    mayCreate: [],
    everyKeyMay: { listBuckets: true, createBuckets: false },
    extraActions: [],
  };
}

const errorBody = (code: string) => `<ErrorResponse><Error><Code>${code}</Code></Error></ErrorResponse>`;

/** The answers of a store that doesn't list its users yet. */
const EMPTY_LISTS: Readonly<Record<string, Action>> = Object.fromEntries(
  [
    ['ListUsers', 'Users'],
    ['GetAccountAuthorizationDetails', 'UserDetailList'],
  ].map(([action, list]) => {
    const result = `<${list}/><IsTruncated>false</IsTruncated>`;
    const body = `<${action}Response><${action}Result>${result}</${action}Result></${action}Response>`;
    return [action, { do: 'answer', status: 200, body }];
  }),
);

/** A document that allows nothing, by somebody else. */
const NOTHING = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Deny', Action: ['s3:*'], Resource: ['*'] }],
});
const SHORT = policyFor(2);
const LONG = policyFor(30);

const tool = await motoTool();
if ('missing' in tool) console.log(`AWS's dialect is skipped: ${tool.missing}`);

/** Moto takes any pair. */
const CREDENTIALS = {
  accessKeyId: 'AKIAOPERATOR00000000',
  secretAccessKey: randomBytes(20).toString('hex'),
};
const EXAMPLES = join(import.meta.dirname, '..', '..', '..', 'examples', 'iam');
const [, example] = parseAllDocuments(readFileSync(join(EXAMPLES, 'aws.yaml'), 'utf8')).map((one) =>
  one.toJS(),
);
const FORM = 'application/x-www-form-urlencoded';

const aws = await fixtures('aws');
const { bed, cluster } = aws;
afterAll(aws.end);

describe.skipIf('missing' in tool)("AWS's dialect", () => {
  let endpoint = '';
  let proxy: FaultProxy;
  let store: Store;
  let iam: Iam;
  let policies = '';
  let made = 0;
  /** The time by which the store's clock is ahead, in ms. */
  let aheadMs = 0;

  beforeAll(async () => {
    if ('missing' in tool) return;
    ({ endpoint } = await bed.startMoto(tool));
    proxy = await startProxy(endpoint);
    onRequest(undefined);
    store = createIamStore({
      endpoint,
      region: 'us-east-1',
      iam: { endpoint: proxy.url, path: ROOT },
      credentials: CREDENTIALS,
      now: () => Date.now() + aheadMs,
    });
    iam = createIam({ endpoint, credentials: CREDENTIALS });
    policies = (await iam.server()).managedPolicies ?? '';
  });

  afterAll(async () => {
    await Promise.all([store?.close(), iam?.close(), proxy?.close()]);
  });

  /** The actions that the operator has asked for so far. */
  const asked = new Set<string>();

  function onRequest(hook: Hook | undefined): void {
    proxy.onRequest((request) => {
      const action = request.form?.get('Action');
      if (action) asked.add(action);
      return hook?.(request);
    });
  }

  const newName = () => {
    made += 1;
    return policyName(CLUSTER, 'shop', `key-${made}`);
  };
  const arnOf = (policy: string) => managedArn(policies, pathOf(ROOT, policy));
  const actionsSince = () => proxy.requests.length;

  async function newUser(policy: string, wanted: Policy): Promise<string> {
    const proposed = {
      accessKeyId: newAccessKeyId(policy, (size) => randomBytes(size)),
      secretAccessKey: 'x',
    };
    const { accessKeyId } = await store.putUser(proposed, { policy });
    await store.attachPolicy(accessKeyId, policy, wanted);
    return accessKeyId;
  }

  async function expectHeld(policy: string, wanted: Policy): Promise<void> {
    const stored = await store.readPolicy(policy);
    expect(stored && form.digestOf(stored)).toBe(form.digestOf(form.render(wanted)));
  }

  /** Calls an action that the operator has no use for. */
  async function call(parameters: Readonly<Record<string, string>>): Promise<number> {
    const url = new URL(endpoint);
    const body = new URLSearchParams({ Version: '2010-05-08', ...parameters }).toString();
    const request = { service: 'iam', region: 'us-east-1', method: 'POST', path: '/', body } as const;
    const signed = signRequest({ ...request, host: url.host, contentType: FORM }, CREDENTIALS, Date.now());
    return (await fetch(url, { method: 'POST', headers: signed, body })).status;
  }

  /** Makes a store as the example has it, behind the proxy. Returns its name. */
  async function newStore(namespace: string): Promise<string> {
    const name = `aws-${randomBytes(3).toString('hex')}`;
    const credentials = secretRef(namespace, name);
    await bed.api.create({ ...credentials, stringData: credentialsData(CREDENTIALS) });
    await bed.api.create({
      ...storeRef(name),
      spec: {
        ...example.spec,
        endpoint,
        iam: { ...example.spec.iam, endpoint: proxy.url, stsEndpoint: proxy.url },
        allowInsecure: true,
        credentialsRef: credentials.metadata,
        grants: [{ namespaces: { all: true }, buckets: ['*'], permissions: 'read_write' }],
      },
    });
    return name;
  }

  test('shows itself, and what it can do', async () => {
    await store.check();
    expect(policies).toMatch(/^arn:aws:iam::\d{12}:policy$/);
    expect(store.capabilities()).toMatchObject({
      ...{ maxPolicyBytes: 6144, maxUsers: 5000, settlesWithinMs: 60_000 },
    });
  });

  test('a short policy is inline, and a long one is managed by all users of the key', async () => {
    const policy = newName();
    const users = [await newUser(policy, SHORT), await newUser(policy, SHORT)];
    await expectHeld(policy, SHORT);
    expect(await iam.readManaged(arnOf(policy))).toBeUndefined();

    await store.writePolicy(policy, LONG);
    await expectHeld(policy, LONG);
    for (const id of users) expect((await iam.rightsOf(id)).policies).toEqual([arnOf(policy)]);

    const third = await newUser(policy, LONG);
    await expectHeld(policy, LONG);
    expect(await store.getUser(third)).toMatchObject({ policies: [policy], groups: [], enabled: true });

    await store.writePolicy(policy, SHORT);
    await expectHeld(policy, SHORT);
    expect(await iam.readManaged(arnOf(policy))).toBeUndefined();
    for (const id of [...users, third]) expect((await iam.rightsOf(id)).policies).toEqual(['accesskeys']);
  });

  test('a managed policy is edited without end, though it has five versions at most', async () => {
    const policy = newName();
    await newUser(policy, LONG);
    for (let buckets = 25; buckets < 33; buckets += 1) {
      await store.writePolicy(policy, policyFor(buckets));
      await expectHeld(policy, policyFor(buckets));
    }
  });

  test('versions that a killed process left do no harm', async () => {
    const policy = newName();
    await newUser(policy, LONG);
    const version = { Action: 'CreatePolicyVersion', PolicyArn: arnOf(policy), SetAsDefault: 'true' };
    const PolicyDocument = NOTHING;
    for (let more = 0; more < 4; more += 1) expect(await call({ ...version, PolicyDocument })).toBe(200);
    expect(await call({ ...version, PolicyDocument })).toBe(409);
    await store.writePolicy(policy, policyFor(31));
    await expectHeld(policy, policyFor(31));
  });

  test('a user that lost the managed policy shows in the policy', async () => {
    const policy = newName();
    const [lost] = [await newUser(policy, LONG), await newUser(policy, LONG)];
    await iam.detachManaged(lost, arnOf(policy));
    const stored = await store.readPolicy(policy);
    expect(stored && form.digestOf(stored)).not.toBe(form.digestOf(form.render(LONG)));
    await store.writePolicy(policy, LONG);
    await expectHeld(policy, LONG);
  });

  test('a user goes with its managed policy, which goes with the last one', async () => {
    const policy = newName();
    const users = [await newUser(policy, LONG), await newUser(policy, LONG)];
    await store.removeUser(users[0] as string);
    await expect(store.removePolicy(policy)).rejects.toMatchObject({ kind: 'inUse' });
    await store.removeUser(users[1] as string);
    // As after a crash: nobody but the policy knows that there is something left.
    await expectHeld(policy, LONG);
    await store.removePolicy(policy);
    expect(await iam.readManaged(arnOf(policy))).toBeUndefined();
    expect(await store.readPolicy(policy)).toBeUndefined();
  });

  test('a policy that somebody else attached is in sight, and stops the removal', async () => {
    const policy = newName();
    const id = await newUser(policy, SHORT);
    const other = arnOf(newName());
    await iam.writeManaged(other, NOTHING);
    await iam.attachManaged(id, other);
    expect((await store.getUser(id))?.policies).toEqual([policy, other]);
    await expect(store.removeUser(id)).rejects.toMatchObject({ kind: 'inUse' });
  });

  test('a sweep asks for all users at once, and for the keys of its own alone', async () => {
    const policy = newName();
    const id = await newUser(policy, LONG);
    await iam.createUser(`stranger-${randomBytes(4).toString('hex')}`, '/');
    const before = actionsSince();
    const users = await store.listUsers({ keep: ({ policies }) => policies.includes(policy) });
    expect([...users]).toEqual([[id, await store.getUser(id)]]);
    // The details, the keys of one user, and the read of getUser.
    expect(proxy.requests.length - before).toBeLessThan(2 + 6);
  });

  test('a sweep reads user by user if the operator may not ask for all', async () => {
    const policy = newName();
    const id = await newUser(policy, SHORT);
    onRequest(({ form: sent }) =>
      sent?.get('Action') === 'GetAccountAuthorizationDetails'
        ? {
            do: 'answer',
            status: 403,
            body: '<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>',
          }
        : undefined,
    );
    const users = await store.listUsers({ keep: ({ policies }) => policies.includes(policy) });
    onRequest(undefined);
    expect([...users.keys()]).toEqual([id]);
  });

  test('a user that was made a moment ago and is not shown yet is not made again', async () => {
    const policy = newName();
    const id = await newUser(policy, SHORT);
    const absent = '<ErrorResponse><Error><Code>NoSuchEntity</Code></Error></ErrorResponse>';
    onRequest(() => ({ do: 'answer', status: 404, body: absent }));
    await expect(store.getUser(id)).rejects.toMatchObject({ kind: 'busy' });
    aheadMs = 61_000;
    expect(await store.getUser(id)).toBeUndefined();
    aheadMs = 0;
    onRequest(undefined);
    expect(await store.getUser(id)).toBeDefined();
  });

  test('a user that does not show yet counts as removed once it has gone', async () => {
    const policy = newName();
    const id = await newUser(policy, SHORT);
    onRequest(() => ({ do: 'answer', status: 404, body: errorBody('NoSuchEntity') }));
    await expect(store.removeUser(id)).rejects.toMatchObject({ kind: 'busy' });
    onRequest(undefined);
    await store.removeUser(id);
    await store.removeUser(id);
    expect(await store.getUser(id)).toBeUndefined();
  });

  test.each([
    [400, 'Throttling', true],
    [503, 'RequestLimitExceeded', true],
    [503, 'ServiceUnavailable', false],
    [409, 'EntityTemporarilyUnmodifiable', false],
  ] as const)(
    '%i %s is a store that is busy, which gets fewer requests at a time',
    async (status, code, again) => {
      const concurrency = { min: 2, max: 32, isWanted: () => true };
      const options = { endpoint, region: 'us-east-1', iam: { endpoint: proxy.url, path: ROOT } };
      const busy = createIamStore({ ...options, credentials: CREDENTIALS, concurrency });
      // The distance takes most of the time, so that the limit grows.
      onRequest(() => sleep(300, undefined));
      await until('a higher limit', async () => {
        await Promise.all([1, 2, 3].map(() => busy.getUser('SOMEBODY')));
        return busy.concurrency() > 2;
      });
      let asks = 0;
      onRequest(() => {
        asks += 1;
        return { do: 'answer', status, body: errorBody(code) };
      });
      await expect(busy.getUser('SOMEBODY')).rejects.toMatchObject({ kind: 'busy', code });
      expect([busy.concurrency(), asks]).toEqual([2, again ? 3 : 1]);
      onRequest(undefined);
      expect(await busy.getUser('SOMEBODY')).toBeUndefined();
      await busy.close();
    },
  );

  test('a name on another path counts as taken, and a user whose secret is lost is removed', async () => {
    const policy = newName();
    const proposed = () => ({
      accessKeyId: newAccessKeyId(policy, (size) => randomBytes(size)),
      secretAccessKey: 'x',
    });
    const elsewhere = proposed();
    await iam.createUser(elsewhere.accessKeyId, '/elsewhere/');
    await expect(store.putUser(elsewhere, { policy })).rejects.toMatchObject({ kind: 'taken' });
    const left = proposed();
    await iam.createUser(left.accessKeyId, pathOf(ROOT, policy));
    await iam.createKey(left.accessKeyId);
    const { accessKeyId } = await store.putUser(left, { policy });
    expect(await store.policyEntities(policy)).toEqual({ users: [accessKeyId], groups: [] });
  });

  test('a limit of the account is said as such', async () => {
    const name = `AKO${randomBytes(8).toString('hex').toUpperCase()}`;
    await iam.createUser(name, '/elsewhere/');
    await iam.createKey(name);
    await iam.createKey(name);
    const limit = {
      kind: 'refused',
      code: 'LimitExceeded',
      message: expect.stringContaining('limit of its'),
    };
    await expect(iam.createKey(name)).rejects.toMatchObject(limit);
  });

  test('an operator issues a long key as soon as the store knows its pair, edits it, and leaves nothing', async () => {
    const namespace = await aws.namespace();
    const name = await newStore(namespace);
    const operator = await aws.operator();
    await storeReady(bed, storeRef(name));
    const unknown = '<ErrorResponse><Error><Code>InvalidClientTokenId</Code></Error></ErrorResponse>';
    let known = false;
    let refused = 0;
    onRequest(({ form: sent, headers }) => {
      const isOwn = headers.authorization?.includes(CREDENTIALS.accessKeyId);
      if (sent?.get('Action') !== 'GetCallerIdentity' || isOwn || known) return undefined;
      refused += 1;
      return { do: 'answer', status: 403, body: unknown };
    });
    const bucketAccess = (buckets: number) =>
      Array.from({ length: buckets }, (_, at) => ({
        bucketName: `bucket-of-a-usual-length-${at}`,
        permissions: 'read_only' as const,
      }));
    const ref = await aws.accessKey(namespace, name, { limited: true, bucketAccess: bucketAccess(30) });
    const { message } = await reason(bed, ref, 'Issuing');
    expect(message).toContain('60 s');
    expect(refused).toBeGreaterThan(0);
    known = true;
    await ready(bed, ref);
    const pair = await readPair(bed, secretOf(ref));
    const policy = policyOf(cluster, ref);
    const { user } = (await ready(bed, ref)).status;
    expect(user).toBe(`${pathOf(ROOT, policy)}${pair.accessKeyId}`);
    const { metadata } = (await bed.api.get(secretOf(ref))) ?? {};
    expect(metadata?.annotations?.['accesskeys.dev/user']).toBe(user);
    expect((await iam.getUser(pair.accessKeyId))?.arn.endsWith(`:user${user}`)).toBe(true);
    expect(await store.policyEntities(policy)).toEqual({ users: [pair.accessKeyId], groups: [] });
    expect(await iam.readManaged(arnOf(policy))).toBeDefined();
    await bed.api.patch(ref, { spec: { bucketAccess: bucketAccess(2) } });
    await ready(bed, ref);
    expect(await iam.readManaged(arnOf(policy))).toBeUndefined();
    await bed.api.patch(ref, { spec: { bucketAccess: bucketAccess(40) } });
    await ready(bed, ref);
    expect((await readPair(bed, secretOf(ref))).accessKeyId).toBe(pair.accessKeyId);
    await bed.api.delete(ref);
    // A young key is looked for once more when the store shows every user.
    await bed.api.waitGone(ref, { timeoutMs: 90_000 });
    expect(await store.readPolicy(policy)).toBeUndefined();
    expect(JSON.stringify(operator.lines)).not.toContain('NotVerified');
    await bed.api.delete(storeRef(name));
    await bed.api.waitGone(storeRef(name));
  });

  test('an operator waits for room, for fewer requests, and for a user that does not show yet', {
    timeout: 300_000,
  }, async () => {
    const namespace = await aws.namespace();
    const name = await newStore(namespace);
    await aws.restart();
    await storeReady(bed, storeRef(name));
    onRequest(({ form: sent }) =>
      sent?.get('Action') === 'CreateUser'
        ? { do: 'answer', status: 409, body: errorBody('LimitExceeded') }
        : undefined,
    );
    const entry = { bucketName: 'photos', permissions: 'read_only' } as const;
    const ref = await aws.accessKey(namespace, name, { limited: true, bucketAccess: [entry] });
    expect((await reason(bed, ref, 'StoreRejected')).message).toContain("raise the account's limit");

    let asks = 0;
    onRequest(({ form: sent }) => {
      asks += sent ? 1 : 0;
      return sent && asks % 2 === 0
        ? { do: 'answer', status: 400, body: errorBody('Throttling') }
        : undefined;
    });
    await ready(bed, ref, { timeoutMs: 120_000 });
    onRequest(undefined);
    const pair = await readPair(bed, secretOf(ref));
    const policy = policyOf(cluster, ref);
    const usersLeft = () => store.policyEntities(policy);
    await expect.poll(usersLeft).toEqual({ users: [pair.accessKeyId], groups: [] });

    // The next operator comes so early that the store doesn't show yet that the user was made.
    let hidden = 0;
    onRequest(({ form: sent }) => {
      const action = sent?.get('Action') ?? '';
      if (action !== 'GetUser') return EMPTY_LISTS[action];
      hidden += 1;
      return { do: 'answer', status: 404, body: errorBody('NoSuchEntity') };
    });
    await aws.restart();
    await edit(bed, ref, { bucketAccess: [entry, { ...entry, bucketName: 'logs' }] });
    await until('the user looked for', async () => hidden > 2);
    onRequest(undefined);
    await ready(bed, ref);
    expect(await usersLeft()).toEqual({ users: [pair.accessKeyId], groups: [] });
    expect(samePair(await readPair(bed, secretOf(ref)), pair)).toBe(true);

    await bed.api.delete(ref);
    await bed.api.waitGone(ref, { timeoutMs: 90_000 });
    expect(await usersLeft()).toEqual({ users: [], groups: [] });
    await bed.api.delete(storeRef(name));
    await bed.api.waitGone(storeRef(name));
  });

  test('the policy of the documents allows each action that all this took', () => {
    const { Statement } = JSON.parse(readFileSync(join(EXAMPLES, 'aws-operator-policy.json'), 'utf8')) as {
      Statement: { Action: string[] }[];
    };
    const allowed = Statement.flatMap(({ Action }) => Action);
    // Anybody may ask who signs.
    asked.delete('GetCallerIdentity');
    expect(asked).toContain('CreatePolicyVersion');
    expect([...asked].filter((action) => !allowed.includes(`iam:${action}`))).toEqual([]);
  });
});
