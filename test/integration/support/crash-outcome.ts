/** The final state of a key after the operator was killed in the middle of any scenario. */
import { expect } from 'vitest';
import type { Pair } from '../../../src/provider/provider.ts';
import type { Key, Scenario, Used } from './crash-scenarios.ts';
import {
  allUsers,
  expectRevoked,
  type Fixtures,
  type NamespacedRef,
  policyOf,
  readPair,
  s3Client,
  s3Outcome,
  samePair,
  secretOf,
  secretRef,
} from './fixtures.ts';

/** Returns the Secret that the key should have. */
async function secretIn({ bed }: Fixtures, { ref }: Key): Promise<NamespacedRef> {
  const { secretName } = (await bed.api.get(ref))?.spec ?? {};
  return secretRef(ref.metadata.namespace, typeof secretName === 'string' ? secretName : ref.metadata.name);
}

/** The pair that is published, if one is. */
export async function publishedPair(fixtures: Fixtures, key: Key): Promise<Pair | undefined> {
  const secret = await secretIn(fixtures, key);
  return (await fixtures.bed.api.get(secret)) && readPair(fixtures.bed, secret);
}

/** Returns the outcome of a request with the pair. */
const outcomeOf = (store: Key['store'], pair: Pair) => s3Outcome(s3Client(store, pair).listBuckets());

/** The stores' answer to a pair that they refuse. */
const REFUSED = 'InvalidAccessKeyId';

/**
 * A published pair works and stays. Gives the ids that the key's users are to have.
 * @param of.title of the scenario
 * @param atKill what was published when the operator died
 */
export async function expectWhole(
  fixtures: Fixtures,
  { title, scenario: { fate } }: { title: string; scenario: Scenario },
  key: Key,
  atKill: Pair | undefined,
  used: Used,
): Promise<string[]> {
  const { bed, cluster } = fixtures;
  const { ref, pair: old, namespace, store } = key;
  if (fate === 'revoked') {
    expect(await publishedPair(fixtures, key), title).toBeUndefined();
    await expectRevoked(store, policyOf(cluster, ref), old ? [old.accessKeyId] : []);
    return [];
  }
  const pair = await readPair(bed, await secretIn(fixtures, key));
  expect(await outcomeOf(store, pair), title).toBe(fate === 'off' ? REFUSED : 'ok');
  expect(await used(namespace, pair.accessKeyId), title).toBe('ok');
  const stays = fate === 'kept' || fate === 'off' || fate === 'left';
  if (atKill && (stays || atKill.accessKeyId !== old?.accessKeyId))
    expect(samePair(pair, atKill), title).toBe(true);
  if (stays && old) expect(samePair(pair, old), title).toBe(true);
  const previous = fate === 'replaced' && old ? [old.accessKeyId] : [];
  if (old && fate === 'replaced') expect(await outcomeOf(store, old), title).toBe('ok');
  if (old && fate === 'ended') expect(await outcomeOf(store, old), title).toBe(REFUSED);
  expect(await store.admin.readPolicy(policyOf(cluster, ref)), title).toBeDefined();
  const ids = [pair.accessKeyId, ...previous].sort();
  if (fate === 'left') return ids;
  const { status } = (await bed.api.get(ref)) ?? {};
  expect(status?.['accessKeyId']).toBe(pair.accessKeyId);
  const listed = (status?.['previousKeys'] ?? []) as { accessKeyId: string }[];
  expect(listed.map(({ accessKeyId }) => accessKeyId)).toEqual(previous);
  return ids;
}

/**
 * The users of each namespace: attached to a policy of an AccessKey there. A list of them all costs more than a key
 * does.
 */
export async function usersByNamespace(
  store: Parameters<typeof allUsers>[0],
): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  for (const { accessKeyId, policies } of (await allUsers(store)).values()) {
    const [, , namespace = ''] = policies[0]?.split('.') ?? [];
    found.set(namespace, [...(found.get(namespace) ?? []), accessKeyId].sort());
  }
  return found;
}

/** Removes what the scenario has left: the ids are its users'. Nothing of it is to be left then. */
export async function removeKey(
  { bed, cluster }: Fixtures,
  scenario: Scenario,
  key: Key,
  ids: readonly string[],
) {
  const { ref, store, pair } = key;
  const policy = policyOf(cluster, ref);
  if (scenario.fate === 'left') {
    for (const id of ids) await store.admin.removeUser(id);
    await store.admin.removePolicy(policy);
    await bed.api.delete(secretOf(ref));
  }
  await bed.api.delete(ref);
  await bed.api.waitGone(ref, { timeoutMs: 90_000 });
  expect(await bed.api.exists(secretOf(ref))).toBe(false);
  await expectRevoked(store, policy, ids);
  if (pair) expect(await outcomeOf(store, pair)).toBe(REFUSED);
}
