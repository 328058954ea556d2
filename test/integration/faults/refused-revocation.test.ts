/** The API server refuses what a revocation needs: the pair ends in the store nevertheless, and the status says why. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  edit,
  fixtures,
  type NamespacedRef,
  policyOf,
  readPair,
  ready,
  reason,
  secretOf,
  type TestStore,
  until,
} from '../support/fixtures.ts';
import { denyByPolicy, type Refusal, type Refused, webhookAway } from '../support/refusals.ts';
import { IMPATIENT } from '../support/timings.ts';

const refused = await fixtures('refused', IMPATIENT);
const { bed, cluster } = refused;
let store: TestStore;

beforeAll(async () => {
  store = await refused.store();
  await refused.operator();
});
afterAll(() => refused.end());

const DELETES: Refused = { verbs: ['DELETE'] };
const REFUSALS: Readonly<Record<string, (namespace: string) => Promise<Refusal>>> = {
  'an admission policy denies': (namespace) => denyByPolicy(bed, namespace, DELETES),
  'a webhook is away for': (namespace) => webhookAway(bed, namespace, DELETES),
};

/** Waits until the store takes the pair no more. */
async function untilRefusedByStore(pair: Awaited<ReturnType<typeof readPair>>): Promise<void> {
  await until('refused by the store', async () => (await store.admin.probe(pair)).kind === 'unknown');
}

describe.each(Object.entries(REFUSALS))('while %s removing Secrets,', (_, refuse) => {
  test('a deleted key is revoked in the store, says what it waits for, and goes once it may', async () => {
    const namespace = await refused.namespace();
    const ref = await refused.accessKey(namespace, store);
    await ready(bed, ref);
    const pair = await readPair(bed, secretOf(ref));
    const refusal = await refuse(namespace);
    await bed.api.delete(ref);
    await untilRefusedByStore(pair);
    const { message } = await reason(bed, ref, 'Deleting');
    expect(message).toContain(refusal.name);
    expect(message).toContain(`delete secrets ${namespace}/${ref.metadata.name}`);
    expect(await bed.api.exists(secretOf(ref))).toBe(true);
    // The store has nothing of it any more.
    await until('no policy', async () => !(await store.admin.getPolicy(policyOf(cluster, ref))));
    await refusal.end();
    await bed.api.waitGone(ref, { timeoutMs: 90_000 });
    expect(await bed.api.exists(secretOf(ref))).toBe(false);
  });

  test('an expired key is revoked in the store and says so', async () => {
    const namespace = await refused.namespace();
    const ref = await refused.accessKey(namespace, store);
    await ready(bed, ref);
    const pair = await readPair(bed, secretOf(ref));
    const refusal = await refuse(namespace);
    await edit(bed, ref, { expiresAt: new Date(Date.now() - 1_000).toISOString() });
    await untilRefusedByStore(pair);
    expect((await reason(bed, ref, 'KubernetesRefused')).message).toContain(refusal.name);
    await refusal.end();
    await reason(bed, ref, 'Expired', { timeoutMs: 90_000 });
    await bed.api.waitGone(secretOf(ref));
  });
});

describe('while the finalizer may not be removed,', () => {
  test('the key is revoked in the store, and says what it waits for', async () => {
    const namespace = await refused.namespace();
    const ref: NamespacedRef = await refused.accessKey(namespace, store);
    await ready(bed, ref);
    const pair = await readPair(bed, secretOf(ref));
    const refusal = await denyByPolicy(bed, namespace, {
      verbs: ['UPDATE'],
      group: 'accesskeys.dev',
      resources: ['accesskeys'],
    });
    await bed.api.delete(ref);
    await untilRefusedByStore(pair);
    expect((await reason(bed, ref, 'Deleting')).message).toContain(refusal.name);
    await refusal.end();
    await bed.api.waitGone(ref, { timeoutMs: 90_000 });
  });
});
