/** The judge finds each rule broken after a test broke it on purpose, and nothing otherwise. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { API_VERSION, FINALIZER } from '../../../src/api/names.ts';
import { encodeMark, type MarkFlag } from '../../../src/ownership/mark.ts';
import { policyName } from '../../../src/ownership/names.ts';
import { newPair } from '../../../src/ownership/new-pair.ts';
import type { PolicyDocument } from '../../../src/provider/documents/statement.ts';
import type { Pair } from '../../../src/provider/provider.ts';
import type { Operator } from '../../bed/operator.ts';
import {
  edit,
  fixtures,
  limitedKey,
  type NamespacedRef,
  policyOf,
  readPair,
  ready,
  reason,
  secretOf,
  type TestStore,
  until,
} from '../support/fixtures.ts';
import { type PairWatcher, watchPairs } from '../support/pair-watcher.ts';
import { type Rules, rulesFor } from '../support/rules.ts';

const checker = await fixtures('rules');
const { bed, cluster } = checker;
const limited = limitedKey({ photos: 'read_only', payroll: 'none' });
const THEIRS: PolicyDocument = {
  ID: '',
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: ['s3:GetObject'], Resource: ['arn:aws:s3:::theirs/*'] }],
};
const SOMEBODY = { accessKeyId: 'somebody-else', secretAccessKey: randomBytes(20).toString('hex') };

let store: TestStore;
let namespace = '';
let operator: Operator;
let rules: Rules;
let ref: NamespacedRef;
let disabled: NamespacedRef;
let expired: NamespacedRef;
let pair: Pair;
let policy = '';
const output: string[] = [];

beforeAll(async () => {
  store = await checker.store({ minio: await bed.startMinio() });
  namespace = await checker.namespace();
  await store.admin.putPolicy('theirs', THEIRS);
  await store.admin.putUser(SOMEBODY);
  await store.admin.setUserPolicies(SOMEBODY.accessKeyId, ['theirs']);
  rules = await rulesFor(checker, { stores: [store], namespaces: [namespace], output: () => output });
  operator = await checker.operator();
  ref = await checker.accessKey(namespace, store, limited);
  disabled = await checker.accessKey(namespace, store, limited);
  expired = await checker.accessKey(namespace, store, limited);
  await Promise.all([ref, disabled, expired].map((key) => ready(bed, key)));
  await edit(bed, disabled, { disabled: true });
  await edit(bed, expired, { expiresAt: new Date(Date.now() - 1_000).toISOString() });
  await reason(bed, disabled, 'Disabled');
  await reason(bed, expired, 'Expired');
  pair = await readPair(bed, secretOf(ref));
  policy = policyOf(cluster, ref);
  await rules.hold();
  // Nobody is to repair what is broken from here on.
  await operator.kill();
});
afterAll(async () => {
  await checker.operator();
  await checker.end();
});

const status = (key: NamespacedRef, value: object) =>
  bed.api.patch(key, { status: value }, { subresource: 'status' });

async function marked(name: string, flags: MarkFlag[], accessKeyUid = 'nobody'): Promise<void> {
  const ID = encodeMark({ clusterUid: cluster.uid, accessKeyUid, flags: new Set(flags), label: '' });
  await store.admin.putPolicy(name, { ...THEIRS, ID });
}

/** Makes that many further users of the key; gives what removes them. */
async function moreUsers(
  of: string,
  count: number,
  policies: readonly string[],
): Promise<() => Promise<void>> {
  const ids: string[] = [];
  for (let n = 0; n < count; n += 1) {
    const made = newPair(of, randomBytes);
    ids.push(made.accessKeyId);
    await store.admin.putUser(made);
    if (policies.length > 0) await store.admin.setUserPolicies(made.accessKeyId, policies);
  }
  return async () => {
    for (const id of ids) await store.admin.removeUser(id);
  };
}

const gone = () => policyName(cluster, namespace, 'gone');

/** A way to break each rule, with the judge's message. Each returns a function that repairs the damage. */
const broken: Record<string, [RegExp, () => Promise<() => Promise<unknown>>]> = {
  'a pair that does not work though its key is Ready': [
    /is Ready, and its pair doesn't work \(wrongSecret\)/,
    async () => {
      await store.admin.putUser({ ...pair, secretAccessKey: randomBytes(20).toString('hex') });
      return () => store.admin.putUser(pair);
    },
  ],
  'a user that is disabled though its key is Ready': [
    /is Ready, and its pair doesn't work \(unknown\)/,
    async () => {
      await store.admin.setUserEnabled(pair.accessKeyId, false);
      return () => store.admin.setUserEnabled(pair.accessKeyId, true);
    },
  ],
  'a Ready key without a Secret': [
    /is Ready, and its Secret has no pair/,
    async () => {
      const { data } = (await bed.api.get(secretOf(ref))) ?? {};
      await bed.api.patch(secretOf(ref), { data: { AWS_SECRET_ACCESS_KEY: null } });
      return () => bed.api.patch(secretOf(ref), { data });
    },
  ],
  'a user with our tag and without an AccessKey': [
    /user AKO\w+ belongs to no AccessKey/,
    () => moreUsers(gone(), 1, []),
  ],
  'a user with our mark and without an AccessKey': [
    /user AKO\w+ belongs to no AccessKey/,
    async () => {
      await marked(gone(), []);
      const remove = await moreUsers(gone(), 1, [gone()]);
      return async () => {
        await remove();
        await store.admin.removePolicy(gone());
      };
    },
  ],
  'a policy that is left over': [
    /policy accesskeys\.\S+\.gone\.\w+ belongs to no AccessKey/,
    async () => {
      await marked(gone(), []);
      return () => store.admin.removePolicy(gone());
    },
  ],
  'a user that is attached to something else too': [
    /is attached to more than its policy/,
    async () => {
      await store.admin.setUserPolicies(pair.accessKeyId, [policy, 'readwrite']);
      return () => store.admin.setUserPolicies(pair.accessKeyId, [policy]);
    },
  ],
  'a user that is enabled though its key is disabled': [
    /is enabled, though the key is disabled/,
    async () => {
      const { accessKeyId } = await readPair(bed, secretOf(disabled));
      await store.admin.setUserEnabled(accessKeyId, true);
      return () => store.admin.setUserEnabled(accessKeyId, false);
    },
  ],
  'a user that is enabled though its grant was withdrawn': [
    /is enabled, though the key is disabled/,
    async () => {
      const before = await store.admin.getPolicy(policy);
      const { metadata } = await ready(bed, ref);
      await marked(policy, ['disabled'], metadata.uid);
      return () => store.admin.putPolicy(policy, { ...before?.document, ID: before?.id } as PolicyDocument);
    },
  ],
  'a key that has expired and is still there': [
    /has expired, and accesskeys\.\S+ is still there/,
    async () => {
      const name = policyOf(cluster, expired);
      await marked(name, []);
      return () => store.admin.removePolicy(name);
    },
  ],
  'two current users': [/has 2 current users/, () => moreUsers(policy, 1, [policy])],
  'more than three previous users': [/has 4 previous keys/, () => moreUsers(policy, 4, [policy])],
  'a key without its finalizer': [
    /has no finalizer, but policy/,
    async () => {
      await bed.api.patch(ref, { metadata: { finalizers: null } });
      return () => bed.api.patch(ref, { metadata: { finalizers: [FINALIZER] } });
    },
  ],
  'a status with another id': [
    /says what isn't so: accessKeyId/,
    async () => {
      await status(ref, { accessKeyId: 'AKOAAAAAAAAAAAAAAAAA' });
      return () => status(ref, { accessKeyId: pair.accessKeyId });
    },
  ],
  'a status with more permissions than are in force': [
    /says what isn't so: permissions/,
    async () => {
      const { permissions } = (await ready(bed, ref)).status;
      await status(ref, { permissions: [{ bucketName: 'photos', permissions: 'read_write' }] });
      return () => status(ref, { permissions });
    },
  ],
  'a status with a previous key that is gone': [
    /says what isn't so: previousKeys, of users/,
    async () => {
      await status(ref, {
        previousKeys: [{ accessKeyId: 'AKOAAAAAAAAAAAAAAAAA', revokeAt: '2100-01-01T00:00:00Z' }],
      });
      return () => status(ref, { previousKeys: [] });
    },
  ],
  'a policy that is another one than the status says': [
    /says what isn't so: policyDigest/,
    async () => {
      const before = await store.admin.getPolicy(policy);
      await store.admin.putPolicy(policy, { ...THEIRS, ID: before?.id ?? '' });
      return () => store.admin.putPolicy(policy, { ...before?.document, ID: before?.id } as PolicyDocument);
    },
  ],
  "somebody else's user that was disabled": [
    /user somebody-else isn't ours, and was changed/,
    async () => {
      await store.admin.setUserEnabled(SOMEBODY.accessKeyId, false);
      return () => store.admin.setUserEnabled(SOMEBODY.accessKeyId, true);
    },
  ],
  "somebody else's policy that was edited": [
    /policy theirs isn't ours, and was changed/,
    async () => {
      await store.admin.putPolicy('theirs', { ...THEIRS, ID: 'edited' });
      return () => store.admin.putPolicy('theirs', THEIRS);
    },
  ],
  'a secret in an annotation': [
    /^the secret of \w+ is in AccessKeys$/,
    async () => {
      const encoded = Buffer.from(`x${pair.secretAccessKey}`).toString('base64');
      await bed.api.patch(ref, { metadata: { annotations: { note: encoded } } });
      return () => bed.api.patch(ref, { metadata: { annotations: { note: null } } });
    },
  ],
  'a secret in the log': [
    /^the root password of \S+ is in the operator's output$/,
    async () => {
      output.push(`a line with ${store.minio.rootPassword}`);
      return async () => void output.pop();
    },
  ],
};

describe('the checker finds', () => {
  test.each(Object.entries(broken))('%s', async (_, [sentence, harm]) => {
    const putRight = await harm();
    try {
      expect(await rules.violations()).toContainEqual(expect.stringMatching(sentence));
    } finally {
      await putRight();
    }
    expect(await rules.violations()).toEqual([]);
  });
});

describe('the checker finds in the record of what applications saw', () => {
  /** One that has seen nothing yet of what other tests do. */
  async function watched(): Promise<{ watcher: PairWatcher; rules: Rules }> {
    const watcher = await watchPairs(bed, store.minio, namespace, { everyMs: 50 });
    await watcher.used(pair.accessKeyId);
    const options = { stores: [store], namespaces: [namespace], watchers: [watcher] };
    return { watcher, rules: await rulesFor(checker, options) };
  }

  test('a refusal of a pair that was current', async () => {
    const { watcher, rules: watching } = await watched();
    const used = watcher.uses.length;
    await store.admin.setUserEnabled(pair.accessKeyId, false);
    await until('refused', async () =>
      watcher.uses.slice(used).some((use) => use.accessKeyId === pair.accessKeyId && use.outcome !== 'ok'),
    );
    await store.admin.setUserEnabled(pair.accessKeyId, true);
    await watcher.stop();
    expect(await watching.violations()).toContainEqual(
      expect.stringMatching(
        `^${pair.accessKeyId} of \\S+ was refused .* though it was current or in its grace$`,
      ),
    );
  });

  test('no fault in the refusal of a key that is disabled', async () => {
    const { watcher, rules: watching } = await watched();
    const { accessKeyId } = await readPair(bed, secretOf(disabled));
    await until('refused', async () =>
      watcher.uses.some((use) => use.accessKeyId === accessKeyId && use.outcome !== 'ok'),
    );
    await watcher.stop();
    expect(await watching.violations()).toEqual([]);
  });

  test('an id that was used twice', async () => {
    const { watcher, rules: watching } = await watched();
    const other = newPair(policy, randomBytes);
    const write = (to: Pair) =>
      bed.api.patch(secretOf(ref), {
        stringData: { AWS_ACCESS_KEY_ID: to.accessKeyId, AWS_SECRET_ACCESS_KEY: to.secretAccessKey },
      });
    await write(other);
    await write(pair);
    await until(
      'seen',
      async () => watcher.published.filter(({ accessKeyId }) => accessKeyId === pair.accessKeyId).length > 1,
    );
    await watcher.stop();
    expect(await watching.violations()).toContain(`access key id ${pair.accessKeyId} was used twice`);
  });
});

test('the judged namespaces have the keys of the rules', async () => {
  const keys = await bed.api.list({ apiVersion: API_VERSION, kind: 'AccessKey', namespace });
  expect(keys).toHaveLength(3);
});
