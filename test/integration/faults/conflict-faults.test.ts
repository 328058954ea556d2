/** An API server that answers Conflict to a write of a Secret, though nobody else has written: no pair that a Secret holds ends by it. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { LABEL_ACCESS_KEY } from '../../../src/api/names.ts';
import type { Action } from '../../bed/proxy.ts';
import {
  edit,
  expectRevoked,
  fixtures,
  type NamespacedRef,
  policyOf,
  readPair,
  ready,
  samePair,
  secretOf,
  until,
  usersOf,
} from '../support/fixtures.ts';
import { type Proxied, proxied } from '../support/proxied.ts';

const conflicts = await fixtures('conflicts');
const { bed, cluster } = conflicts;
let behind: Proxied;
let namespace = '';

beforeAll(async () => {
  behind = await proxied(conflicts);
  namespace = await conflicts.namespace();
  await behind.operator();
});
afterEach(() => {
  behind.api.onRequest(undefined);
  behind.s3.onRequest(undefined);
});
afterAll(async () => {
  await conflicts.end();
  await behind.close();
});

const CONFLICT: Action = {
  do: 'answer',
  status: 409,
  body: JSON.stringify({
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    code: 409,
    reason: 'Conflict',
  }),
};

/** Answers so to each request of that method for a Secret of the namespace. @returns how often it has */
function refuse(method: string): () => number {
  let count = 0;
  behind.api.onRequest(async (request) => {
    if (request.method !== method || !request.path.includes(`/namespaces/${namespace}/secrets/`))
      return undefined;
    count += 1;
    return CONFLICT;
  });
  return () => count;
}

test('a user that was made again stays if the operator could not repair its Secret', async () => {
  const ref = await conflicts.accessKey(namespace, behind.store);
  await ready(bed, ref);
  const pair = await readPair(bed, secretOf(ref));
  let made = 0;
  behind.s3.onRequest(async ({ path }) => {
    if (path.includes('/add-user?')) made += 1;
    return undefined;
  });
  const refused = refuse('PATCH');
  await behind.store.admin.removeUser(pair.accessKeyId);
  await bed.api.patch(secretOf(ref), { metadata: { labels: null } });
  await until('refused twice', async () => refused() >= 2);
  // Once it was whole it was left whole: the second pass found it.
  expect(made).toBe(1);
  expect((await behind.store.admin.probe(pair)).kind).toBe('works');
  behind.api.onRequest(undefined);
  await until('put right', async () => {
    const { labels } = (await bed.api.get(secretOf(ref)))?.metadata ?? {};
    return labels?.[LABEL_ACCESS_KEY] === ref.metadata.name;
  });
  expect(samePair(await readPair(bed, secretOf(ref)), pair)).toBe(true);
});

const ENDS: Readonly<Record<string, (ref: NamespacedRef) => Promise<unknown>>> = {
  'is deleted': (ref) => bed.api.delete(ref),
  'has expired': (ref) => edit(bed, ref, { expiresAt: new Date(Date.now() - 1_000).toISOString() }),
};

test.each(Object.entries(ENDS))(
  'a key that %s is revoked in the store though its Secret stays',
  async (_, end) => {
    const ref = await conflicts.accessKey(namespace, behind.store);
    await ready(bed, ref);
    const pair = await readPair(bed, secretOf(ref));
    const refused = refuse('DELETE');
    await end(ref);
    await until('refused twice', async () => refused() >= 2);
    expect(await bed.api.exists(secretOf(ref))).toBe(true);
    expect((await behind.store.admin.probe(pair)).kind).toBe('unknown');
    behind.api.onRequest(undefined);
    await bed.api.waitGone(secretOf(ref));
    await until('no user', async () => (await usersOf(behind.store, cluster, ref)).length === 0);
    await until('revoked', async () => !(await behind.store.admin.getPolicy(policyOf(cluster, ref))));
    await expectRevoked(behind.store, policyOf(cluster, ref), [pair.accessKeyId]);
  },
);
