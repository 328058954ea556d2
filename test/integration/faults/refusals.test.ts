/** Each kind of refusal by Kubernetes is on the key: for its spec as it is now, with the cause, the remedy and one Warning. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  fixtures,
  type NamespacedRef,
  readPair,
  ready,
  reason,
  samePair,
  secretOf,
  type TestStore,
  until,
} from '../support/fixtures.ts';
import { denyByPolicy, quota, type Refusal, webhookAway } from '../support/refusals.ts';

const refusing = await fixtures('refusing');
const { bed } = refusing;
const RECOVERED = { timeoutMs: 90_000 };
let store: TestStore;

beforeAll(async () => {
  store = await refusing.store();
  await refusing.operator();
});
afterAll(refusing.end);

/** A refusal of what a new key or a rotation needs, and what its message has to say. */
interface Case {
  readonly what: string;
  readonly refuse: (namespace: string) => Promise<Refusal>;
  readonly remedy: string;
}

const STATUS = { verbs: ['UPDATE'], group: 'accesskeys.dev', resources: ['accesskeys/status'] } as const;

const OF_A_NEW_KEY: readonly Case[] = [
  {
    what: 'a quota',
    refuse: (namespace) => quota(bed, namespace, { secrets: '0' }),
    remedy: "raise the namespace's ResourceQuota",
  },
  {
    what: 'a quota by count',
    refuse: (namespace) => quota(bed, namespace, { 'count/secrets': '0' }),
    remedy: "raise the namespace's ResourceQuota",
  },
  {
    what: 'an admission policy',
    refuse: (namespace) => denyByPolicy(bed, namespace, { verbs: ['CREATE'] }),
    remedy: "exempt the operator's ServiceAccount from this policy",
  },
  {
    what: 'a webhook that is away',
    refuse: (namespace) => webhookAway(bed, namespace, { verbs: ['CREATE'] }),
    remedy: 'bring this webhook back',
  },
];

const OF_A_ROTATION: readonly Case[] = [
  {
    what: 'an admission policy',
    refuse: (namespace) => denyByPolicy(bed, namespace, { verbs: ['UPDATE'] }),
    remedy: "exempt the operator's ServiceAccount from this policy",
  },
  {
    what: 'a webhook that is away',
    refuse: (namespace) => webhookAway(bed, namespace, { verbs: ['UPDATE'] }),
    remedy: 'bring this webhook back',
  },
];

/** The Warnings about an AccessKey. */
async function warningsOf(ref: NamespacedRef): Promise<string[]> {
  const { metadata } = (await bed.api.get(ref)) ?? expect.fail('no AccessKey');
  const { namespace } = ref.metadata;
  const events = await bed.api.list({ apiVersion: 'events.k8s.io/v1', kind: 'Event', namespace });
  return events
    .filter(
      ({ type, regarding }) => type === 'Warning' && (regarding as { uid?: string }).uid === metadata.uid,
    )
    .map(({ note }) => String(note));
}

/** Waits until the key says it, for its spec as it is now, with one Warning of the same text. */
async function saysOnce(ref: NamespacedRef, name: string, remedy: string): Promise<void> {
  const { message } = await reason(bed, ref, 'SecretRejected');
  expect(message).toContain(name);
  expect(message).toContain(remedy);
  await until('warned', async () => (await warningsOf(ref)).length > 0);
  expect(await warningsOf(ref)).toEqual([message]);
}

describe.each(OF_A_NEW_KEY)('$what refuses the Secret of a new key', ({ refuse, remedy }) => {
  test('and the key says so, and is Ready once it may', async () => {
    const namespace = await refusing.namespace();
    const refusal = await refuse(namespace);
    const ref = await refusing.accessKey(namespace, store, { limited: true });
    await saysOnce(ref, refusal.name, remedy);
    await refusal.end();
    await ready(bed, ref, RECOVERED);
  });
});

describe('a refusal to a key in force', () => {
  async function issued(): Promise<NamespacedRef> {
    const ref = await refusing.accessKey(await refusing.namespace(), store, { limited: true });
    await ready(bed, ref);
    return ref;
  }

  test.each(OF_A_ROTATION)(
    'of a rotation by $what shows on the key; the pair works on, and is replaced once it may',
    async (of) => {
      const ref = await issued();
      const pair = await readPair(bed, secretOf(ref));
      const refusal = await of.refuse(ref.metadata.namespace);
      await bed.api.patch(ref, { spec: { keyGeneration: 2 } });
      await saysOnce(ref, refusal.name, of.remedy);
      expect((await store.admin.probe(pair)).kind).toBe('works');
      await refusal.end();
      await ready(bed, ref, RECOVERED);
      expect(samePair(await readPair(bed, secretOf(ref)), pair)).toBe(false);
    },
  );

  test('to write its immutable Secret tells the user to delete it, and the key goes on with a new one', async () => {
    const ref = await issued();
    await bed.api.patch(secretOf(ref), { immutable: true });
    await bed.api.patch(ref, { spec: { keyGeneration: 2 } });
    await saysOnce(ref, 'immutable', 'delete the immutable Secret');
    await bed.api.delete(secretOf(ref));
    await ready(bed, ref, RECOVERED);
  });

  test('to write its status leads to a Warning that the status is out of date, and why', async () => {
    const ref = await issued();
    const refusal = await denyByPolicy(bed, ref.metadata.namespace, STATUS);
    await bed.api.patch(ref, { spec: { label: 'Edited' } });
    const [warning = ''] = await until('warned', async () => {
      const warnings = await warningsOf(ref);
      return warnings.length > 0 && warnings;
    });
    expect(warning).toContain('the status is out of date');
    expect(warning).toContain(refusal.name);
    expect(await warningsOf(ref)).toHaveLength(1);
    await refusal.end();
    await ready(bed, ref, RECOVERED);
  });
});
