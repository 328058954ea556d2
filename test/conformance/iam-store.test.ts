/** The ways in which a store with AWS's IAM API differs, below the policy of the documents. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newAccessKeyId, policyName } from '../../src/ownership/names.ts';
import { StoreError } from '../../src/provider/errors.ts';
import { createIam, type Iam } from '../../src/provider/iam/iam.ts';
import { pathOf } from '../../src/provider/iam/paths.ts';
import { createIamStore } from '../../src/provider/iam/store.ts';
import { IAM } from '../../src/provider/iam/traits.ts';
import type { Policy } from '../../src/provider/policy.ts';
import type { Store } from '../../src/provider/provider.ts';
import { startProxy } from '../bed/proxy.ts';
import { bedContext } from '../integration/support/bed-context.ts';
import { describeStores, type RunningStore, STORES } from './stores.ts';

const CLUSTER = { name: 'prod', uid: 'x' };
const ROOT = '/accesskeys/';
const POLICY: Policy = {
  mark: 'accesskeys.dev/v1 x y - a label',
  access: {
    kind: 'limited',
    entries: [{ bucketName: 'photos', permissions: 'read_only', prefixes: [], settings: false }],
  },
  mayCreate: [],
  everyKeyMay: { listBuckets: false, createBuckets: false },
  extraActions: [],
};
const NARROW: Policy = { ...POLICY, access: { kind: 'limited', entries: [] } };
const { form } = IAM;
const statements = (policy: Policy) => form.render(policy).content['Statement'];

const { bed } = await bedContext();
afterAll(() => bed.stop());

const CHOOSING = STORES.filter(({ capabilities }) => !capabilities.choosesPairs);

describeStores(CHOOSING, (kind) => {
  let running: RunningStore;
  let store: Store;
  /** As root, by the IAM API itself. */
  let iam: Iam;
  let made = 0;

  const open = (usersEndpoint: string) =>
    createIamStore({
      endpoint: running.endpoint,
      region: 'us-east-1',
      iam: { endpoint: usersEndpoint, path: ROOT },
      credentials: running.operator,
    });

  beforeAll(async () => {
    running = await kind.start(bed, CLUSTER);
    store = open(running.usersEndpoint);
    iam = createIam({ endpoint: running.usersEndpoint, credentials: running.root });
  });

  afterAll(async () => {
    await Promise.all([store?.close(), iam?.close(), running?.admin.close()]);
  });

  function newPolicy(): string {
    made += 1;
    return policyName(CLUSTER, 'shop', `key-${made}`);
  }

  const proposed = (policy: string) => ({
    accessKeyId: newAccessKeyId(policy, (size) => crypto.getRandomValues(Buffer.alloc(size))),
    secretAccessKey: 'unused',
  });

  async function newUser(policy: string, wanted = POLICY): Promise<string> {
    const { accessKeyId } = await store.putUser(proposed(policy), { policy });
    await store.attachPolicy(accessKeyId, policy, wanted);
    return accessKeyId;
  }

  const namesOn = async (policy: string) =>
    (await Array.fromAsync(iam.listUsers(pathOf(ROOT, policy)))).map(({ name }) => name);

  test('a user is named by its key, shows its policy, and is found by it', async () => {
    const policy = newPolicy();
    const id = await newUser(policy);
    expect(await store.getUser(id)).toMatchObject({
      accessKeyId: id,
      enabled: true,
      policies: [policy],
      groups: [],
    });
    expect(await store.policyEntities(policy)).toEqual({ users: [id], groups: [] });
    expect(await store.readPolicy(policy)).toEqual(form.render(POLICY));
    await expect(store.removePolicy(policy)).rejects.toMatchObject({ kind: 'inUse' });
    await store.removeUser(id);
    await store.removePolicy(policy);
    expect(await store.getUser(id)).toBeUndefined();
    expect(await store.readPolicy(policy)).toBeUndefined();
  });

  test('what is absent is absent to an operator that may touch its own users alone', async () => {
    expect(await store.getUser('AKIAABSENTABSENT0000')).toBeUndefined();
    await store.removeUser('AKIAABSENTABSENT0000');
    expect(await store.readPolicy(newPolicy())).toBeUndefined();
  });

  test('a user on another path is never touched', async () => {
    const pair = proposed(newPolicy());
    await iam.createUser(pair.accessKeyId, '/elsewhere/');
    expect(await store.getUser(pair.accessKeyId)).toBeUndefined();
    await store.removeUser(pair.accessKeyId);
    await expect(store.putUser(pair, { policy: newPolicy() })).rejects.toMatchObject({ kind: 'taken' });
    expect(await iam.getUser(pair.accessKeyId)).toBeDefined();
  });

  test("the operator's policy lets it touch no user elsewhere, and not itself", async () => {
    const own = createIam({ endpoint: running.usersEndpoint, credentials: running.operator });
    try {
      const name = `elsewhere-${randomBytes(4).toString('hex')}`;
      const sameKey = pathOf(ROOT, policyName({ ...CLUSTER, name: 'other' }, 'shop', 'key'));
      await iam.createUser(name, '/elsewhere/');
      const { accessKeyId } = await iam.createKey(name);
      const users = await Array.fromAsync(iam.listUsers('/'));
      const self = users.find((user) => user.name.startsWith('operator-'))?.name ?? '';
      const document = JSON.stringify(form.render(POLICY).content);
      const refused: Readonly<Record<string, () => Promise<unknown>>> = {
        'a user elsewhere': () => own.createUser(`${name}-2`, '/elsewhere/'),
        "a user below another cluster's path": () => own.createUser(`${name}-3`, sameKey),
        'another access key': () => own.createKey(name),
        'its end': () => own.removeKey(name, accessKeyId),
        'its policy': () => own.putPolicy(name, 'extra', document),
        'its removal': () => own.removeUser(name),
        'its own policy': () => own.putPolicy(self, 'extra', document),
        'its own access key': () => own.createKey(self),
      };
      for (const [what, call] of Object.entries(refused)) {
        await expect(call(), what).rejects.toMatchObject({ kind: 'refused', code: 'AccessDenied' });
      }
    } finally {
      await own.close();
    }
  });

  test('a policy that somebody added to a user is in sight', async () => {
    const policy = newPolicy();
    const id = await newUser(policy);
    const allow = { Effect: 'Allow', Action: ['s3:*'], Resource: ['*'] };
    await iam.putPolicy(id, 'extra', JSON.stringify({ Version: '2012-10-17', Statement: [allow] }));
    expect((await store.getUser(id))?.policies.toSorted()).toEqual([policy, 'extra'].toSorted());
    await expect(store.removeUser(id)).rejects.toMatchObject({ kind: 'inUse' });
  });

  test('an interrupted edit shows, and the next one finishes it', async () => {
    const policy = newPolicy();
    await newUser(policy);
    await newUser(policy, NARROW);
    const mixed = await store.readPolicy(policy);
    for (const one of [POLICY, NARROW]) expect(mixed?.content['Statement']).not.toEqual(statements(one));
    await store.writePolicy(policy, NARROW);
    expect(await store.readPolicy(policy)).toEqual(form.render(NARROW));
  });

  test('lists bear users that come and go', async () => {
    const policy = newPolicy();
    let over = false;
    const churn = (async () => {
      for (let n = 0; n < 15; n += 1) await store.removeUser(await newUser(policy));
      over = true;
    })();
    const ours = ({ policies }: { readonly policies: readonly string[] }) => policies.includes(policy);
    while (!over) {
      await store.listUsers({ keep: ours });
      await store.readPolicy(policy);
    }
    await churn;
    expect(await namesOn(policy)).toEqual([]);
  });

  test.each([1, 2, 3])('a lost answer %i of a creation leaves no second user', async (n) => {
    const proxy = await startProxy(running.usersEndpoint);
    const through = open(proxy.url);
    try {
      const policy = newPolicy();
      const pair = proposed(policy);
      let seen = 0;
      proxy.onRequest(() => {
        seen += 1;
        return seen === n ? { do: 'dropAnswer' } : undefined;
      });
      await expect(through.putUser(pair, { policy })).rejects.toBeInstanceOf(StoreError);
      proxy.onRequest(undefined);
      const { accessKeyId } = await through.putUser(pair, { policy });
      expect(await namesOn(policy)).toEqual([accessKeyId]);
      expect((await iam.listKeys(accessKeyId)).map((key) => key.accessKeyId)).toEqual([accessKeyId]);
    } finally {
      await through.close();
      await proxy.close();
    }
  });

  test('a user without its access key counts as disabled, and can be removed', async () => {
    const policy = newPolicy();
    const id = await newUser(policy);
    await iam.removeKey(id, id);
    expect(await store.getUser(id)).toMatchObject({ enabled: false, policies: [policy] });
    await expect(store.setUserEnabled(id, true)).rejects.toMatchObject({ kind: 'absent' });
    await store.removeUser(id);
    expect(await store.getUser(id)).toBeUndefined();
  });

  test('the same pair is imported again while its user has it', async () => {
    const policy = newPolicy();
    const pair = await store.putUser(proposed(policy), { policy });
    await store.setUserEnabled(pair.accessKeyId, false);
    expect((await store.getUser(pair.accessKeyId))?.enabled).toBe(false);
    expect((await store.putUser(pair, { policy })) === pair).toBe(true);
    expect((await store.getUser(pair.accessKeyId))?.enabled).toBe(true);
    expect(await namesOn(policy)).toEqual([pair.accessKeyId]);
  });
});
