/**
 * An AccessKey that goes while its key is being made, without waiting for the finalizer: the API server overlooks one that
 * is put on while a deletion is under way. Here somebody's force does the same at a moment of our choosing.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  accessKeyRef,
  fixtures,
  type NamespacedRef,
  policyOf,
  ready,
  secretOf,
  until,
  usersOf,
} from '../support/fixtures.ts';
import { type Proxied, proxied } from '../support/proxied.ts';

const lost = await fixtures('lost-finalizer', { addsFinalizers: true });
const { bed, cluster } = lost;
let behind: Proxied;
let namespace = '';

beforeAll(async () => {
  behind = await proxied(lost);
  namespace = await lost.namespace();
  await behind.operator();
});
afterAll(async () => {
  await lost.end();
  await behind.close();
});

/** Until nothing of the key is left in the store and its Secret is gone. */
async function untilNothingIsLeft(ref: NamespacedRef): Promise<void> {
  await until('nothing of it left', async () => {
    const left = [
      await behind.store.admin.getPolicy(policyOf(cluster, ref)),
      await bed.api.get(secretOf(ref)),
    ];
    return left.every((one) => one === undefined) && (await usersOf(behind.store, cluster, ref)).length === 0;
  });
}

describe.each(['add-canned-policy', 'add-user', 'set-user-or-group-policy', 'user-info'])(
  'an AccessKey that is gone at the request %s',
  (call) => {
    test('leaves neither a user nor a policy nor a Secret', async () => {
      const ref = accessKeyRef(namespace, `gone-at-${call.split('-')[0]}-${crypto.randomUUID().slice(0, 6)}`);
      let held = 0;
      behind.s3.onRequest(async ({ path }) => {
        if (!path.includes(`/${call}?`) || held > 0) return undefined;
        held += 1;
        await bed.api.patch(ref, { metadata: { finalizers: null } });
        await bed.api.delete(ref);
        await bed.api.waitGone(ref);
        return undefined;
      });
      await lost.accessKey(namespace, behind.store, {}, ref.metadata.name);
      await until('gone', async () => held > 0 && (await bed.api.get(ref)) === undefined);
      await untilNothingIsLeft(ref);
      // And it stays so: nothing is made after the removal.
      await behind.quiet();
      expect(await usersOf(behind.store, cluster, ref)).toEqual([]);
      expect(await behind.store.admin.getPolicy(policyOf(cluster, ref))).toBeUndefined();
    });
  },
);

test('a key that lost its finalizer by force soon after it was issued is revoked all the same', async () => {
  const ref = await lost.accessKey(namespace, behind.store);
  await ready(bed, ref);
  // Paused, so that the operator doesn't put it on again.
  await bed.api.patch(ref, { metadata: { annotations: { 'accesskeys.dev/paused': 'true' } } });
  await bed.api.waitFor(ref, 'paused', (object) =>
    object?.status?.conditions?.some(({ reason }) => reason === 'Paused'),
  );
  await bed.api.patch(ref, { metadata: { finalizers: null } });
  await bed.api.delete(ref);
  await untilNothingIsLeft(ref);
});
