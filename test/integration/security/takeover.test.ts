/** Forged Secrets and statuses: the operator touches nothing of others (rule 2). */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newPair as newOwnPair, pairDigest } from '../../../src/ownership/new-pair.ts';
import type { Pair, StoreUser } from '../../../src/provider/provider.ts';
import {
  allUsers,
  credentialsData,
  edit,
  fixtures,
  type NamespacedRef,
  policyOf,
  readPair,
  ready,
  s3Client,
  s3Outcome,
  secretOf,
  type TestStore,
} from '../support/fixtures.ts';
import { newPair } from '../support/minio-server.ts';
import { makeServiceAccount } from '../support/service-account.ts';

const security = await fixtures('security', { addsFinalizers: true });
const { bed, cluster } = security;
afterAll(security.end);

let namespace = '';
/** On a MinIO of its own, whose users are all this file's. */
let store: TestStore;

interface Victim {
  readonly pair: Pair;
  /** True if the store has a user of that id before the attack. */
  readonly exists: boolean;
}
const victims = new Map<string, Victim>();

beforeAll(async () => {
  store = await security.store({ minio: await bed.startMinio() });
  await security.operator();
  namespace = await security.namespace();
  const other = await security.accessKey(await security.namespace(), store, { limited: true });
  await ready(bed, other);
  const [attached, bare, parent] = [
    await makeUser(['readwrite']),
    await makeUser([]),
    await makeUser(['readwrite']),
  ];
  const { rootUser: accessKeyId, rootPassword: secretAccessKey } = store.minio;
  const there = (pair: Pair): Victim => ({ pair, exists: true });
  victims.set("another AccessKey's", there(await readPair(bed, secretOf(other))));
  victims.set("the root user's", there({ accessKeyId, secretAccessKey }));
  victims.set("a service account's", there(await makeServiceAccount(store.minio, parent.accessKeyId)));
  victims.set("an application's", there(attached));
  victims.set('that of a user without a policy', there(bare));
  victims.set('one not in use', { pair: newPair(), exists: false });
});

async function makeUser(policies: readonly string[]): Promise<Pair> {
  const pair = newPair();
  await store.admin.putUser(pair);
  if (policies.length > 0) await store.admin.setUserPolicies(pair.accessKeyId, policies);
  return pair;
}

interface Attacked {
  readonly ref: NamespacedRef;
  readonly policy: string;
  readonly pair: Pair;
}

const PAST = '2026-01-01T00:00:00Z';
const DIGEST = 'accesskeys.dev/pair-digest';

function writeSecret({ ref }: Attacked, pair: Pair, annotations: Readonly<Record<string, string>> = {}) {
  const data = Object.fromEntries(
    Object.entries(credentialsData(pair)).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
  );
  return bed.api.patch(secretOf(ref), { data, metadata: { annotations } });
}

/** With the administrator's rights: what a backup that is restored, or a mistake, may come to. */
function writeStatus({ ref }: Attacked, status: object) {
  return bed.api.patch(ref, { status }, { subresource: 'status' });
}

/** Changes of an AccessKey's own objects that make them name that pair. */
const ATTACKS: Readonly<Record<string, (key: Attacked, pair: Pair) => Promise<unknown>>> = {
  'the Secret': (key, pair) => writeSecret(key, pair),
  'the Secret, with the digest that fits': (key, pair) =>
    writeSecret(key, pair, { [DIGEST]: pairDigest(pair) }),
  'the Secret, as if it were imported': (key, pair) => writeSecret(key, pair, { [DIGEST]: 'imported' }),
  'the status': (key, { accessKeyId }) =>
    writeStatus(key, { accessKeyId, previousKeys: [{ accessKeyId: key.pair.accessKeyId, revokeAt: PAST }] }),
  'the status, as a previous key whose time has come': (key, { accessKeyId }) =>
    writeStatus(key, { previousKeys: [{ accessKeyId, revokeAt: PAST }] }),
  'the annotations, as a previous key whose time has come': ({ ref }, { accessKeyId }) =>
    bed.api.patch(secretOf(ref), {
      metadata: {
        annotations: {
          'accesskeys.dev/previous-keys': JSON.stringify([{ accessKeyId, revokeAt: PAST }]),
          'accesskeys.dev/key-generation': '-1',
          'accesskeys.dev/issued-at': PAST,
        },
      },
    }),
  'the Secret and the status': async (key, pair) => {
    await writeStatus(key, { accessKeyId: pair.accessKeyId });
    await writeSecret(key, pair, { [DIGEST]: pairDigest(pair) });
  },
  'the Secret as if it were imported, and the status': async (key, pair) => {
    await writeStatus(key, { accessKeyId: pair.accessKeyId });
    await writeSecret(key, pair, { [DIGEST]: 'imported' });
  },
};

async function key(): Promise<Attacked> {
  const ref = await security.accessKey(namespace, store, { limited: true });
  await ready(bed, ref);
  return { ref, policy: policyOf(cluster, ref), pair: await readPair(bed, secretOf(ref)) };
}

/** Waits until the operator has looked at the objects as they are now: an edited label makes it read them all live. */
async function lookedAt({ ref }: Attacked): Promise<void> {
  await edit(bed, ref, { label: 'Attacked' });
  await bed.api.waitFor(
    ref,
    'looked at',
    (object) => object?.status?.['observedGeneration'] === object?.metadata.generation,
  );
}

async function users(): Promise<Record<string, StoreUser>> {
  return Object.fromEntries(await allUsers(store));
}

/** Expects that every one of those who were there works as before, by the pair that they had. */
async function expectVictimsWork(): Promise<void> {
  for (const [whose, { pair, exists }] of victims) {
    const outcome = await s3Outcome(s3Client(store.minio, pair).listBuckets());
    const expected = !exists
      ? 'InvalidAccessKeyId'
      : whose === 'that of a user without a policy'
        ? 'any'
        : 'ok';
    if (expected === 'any') expect(await store.admin.probe(pair)).toEqual({ kind: 'unproven' });
    else expect({ [whose]: outcome }).toEqual({ [whose]: expected });
  }
}

describe("a victim's pair or id is written into", () => {
  test.each(Object.entries(ATTACKS))(
    '%s: no user but the key itself is touched, now or when the key is deleted',
    async (_, attack) => {
      const before = await users();
      const keys = await Promise.all(
        [...victims.values()].map(async (victim) => ({ victim, attacked: await key() })),
      );
      const policies = keys.map(({ attacked }) => attacked.policy);
      await Promise.all(
        keys.map(async ({ victim, attacked }) => {
          await attack(attacked, victim.pair);
          await lookedAt(attacked);
        }),
      );
      const after = await users();
      expect(Object.fromEntries(Object.keys(before).map((id) => [id, after[id]]))).toEqual(before);
      for (const [id, user] of Object.entries(after)) {
        if (before[id]) continue;
        expect(user.policies).toHaveLength(1);
        expect(policies).toContain(user.policies[0]);
      }
      await Promise.all(
        keys.map(async ({ attacked: { ref } }) => {
          await bed.api.delete(ref);
          await bed.api.waitGone(ref);
        }),
      );
      expect(await users()).toEqual(before);
      for (const policy of policies) expect(await store.admin.getPolicy(policy)).toBeUndefined();
      await expectVictimsWork();
    },
  );
});

test("an id of the key's own form that nobody has, with a digest that fits, is not made: a new pair is", async () => {
  const made = await key();
  const chosen = newOwnPair(made.policy, randomBytes);
  await writeSecret(made, chosen, { [DIGEST]: pairDigest(chosen) });
  await lookedAt(made);
  const { status } = await ready(bed, made.ref);
  expect([made.pair.accessKeyId, chosen.accessKeyId]).not.toContain(status.accessKeyId);
  expect(await store.admin.getUser(chosen.accessKeyId)).toBeUndefined();
  expect(await store.admin.probe(await readPair(bed, secretOf(made.ref)))).toMatchObject({ kind: 'works' });
});
