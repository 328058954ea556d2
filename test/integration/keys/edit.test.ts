/** An edit takes effect in place: the pair stays, and what both versions permit is never refused in between. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  edit,
  fixtures,
  inUse,
  limitedKey,
  makeBucket,
  type NamespacedRef,
  policyOf,
  readHello,
  readPair,
  ready,
  reason,
  s3Client,
  s3Outcome,
  samePair,
  secretOf,
  type TestStore,
} from '../support/fixtures.ts';

const edits = await fixtures('edit');
const { bed, cluster } = edits;
afterAll(edits.end);

let namespace = '';
let store: TestStore;
let photos = '';
let logs = '';

beforeAll(async () => {
  store = await edits.store();
  [namespace, photos, logs] = await Promise.all([
    edits.namespace(),
    makeBucket(store, 'photos'),
    makeBucket(store, 'logs'),
  ]);
  await edits.operator();
});

/** A key that may write in `photos`, ready, with its pair and a client. */
async function photosKey() {
  const ref = await edits.accessKey(namespace, store, limitedKey({ [photos]: 'read_write' }));
  const accessKey = await ready(bed, ref);
  const pair = await readPair(bed, secretOf(ref));
  return { ref, accessKey, pair, s3: s3Client(store.minio, pair) };
}

/** Edits the spec and waits until it is in force. */
async function edited(ref: NamespacedRef, spec: object) {
  await edit(bed, ref, spec);
  return ready(bed, ref);
}

describe('an edit', () => {
  test('of the label, the permissions and limited changes what the pair may do, and not the pair', async () => {
    const { ref, pair, s3 } = await photosKey();
    const grown = [
      { bucketName: photos, permissions: 'read_write' },
      { bucketName: logs, permissions: 'read_only' },
    ];
    const { use } = await inUse(
      () => readHello(s3, photos),
      async () => {
        expect((await edited(ref, { label: 'Renamed' })).status.label).toBe('Renamed');
        await edited(ref, { bucketAccess: grown });
        expect(await s3Outcome(readHello(s3, logs))).toBe('ok');
        expect(await s3Outcome(s3.putObject(logs, 'refused', 'content'))).toBe('AccessDenied');
        await edited(ref, { limited: false, bucketAccess: null });
        expect(await s3Outcome(s3.putObject(logs, 'allowed', 'content'))).toBe('ok');
        const back = await edited(ref, limitedKey({ [photos]: 'read_only' }));
        expect(back.status.permissions).toEqual([{ bucketName: photos, permissions: 'read_only' }]);
        expect(await s3Outcome(readHello(s3, logs))).toBe('AccessDenied');
        expect(await s3Outcome(s3.putObject(photos, 'refused', 'content'))).toBe('AccessDenied');
      },
    );
    // What every one of these versions permits was never refused on the way from one to the next.
    expect(use.refusals).toEqual([]);
    // As many as fit into it: the faster the edits, the fewer.
    expect(use.times).toBeGreaterThan(10);
    expect(samePair(await readPair(bed, secretOf(ref)), pair)).toBe(true);
    expect((await store.admin.getPolicy(policyOf(cluster, ref)))?.id).toMatch(/ Renamed$/);
  });

  test('of secretName moves the pair to another Secret', async () => {
    const { ref, pair } = await photosKey();
    const moved = { ...secretOf(ref), metadata: { namespace, name: `${ref.metadata.name}-moved` } };
    await edited(ref, { secretName: moved.metadata.name });
    expect(samePair(await readPair(bed, moved), pair)).toBe(true);
    await bed.api.waitGone(secretOf(ref));
    expect((await store.admin.getUser(pair.accessKeyId))?.enabled).toBe(true);
  });

  test('that asks for what is not granted leaves in force what was', async () => {
    const granted = { namespaces: { names: [namespace] }, buckets: [photos] };
    const narrow = await edits.store({ grants: [granted] });
    const ref = await edits.accessKey(namespace, narrow, limitedKey({ [photos]: 'read_write' }));
    await ready(bed, ref);
    const s3 = s3Client(store.minio, await readPair(bed, secretOf(ref)));
    await edit(bed, ref, { bucketAccess: [{ bucketName: logs, permissions: 'read_only' }] });
    const { message } = await reason(bed, ref, 'GrantDenied');
    expect(message).toContain(`read_only on bucket ${logs}`);
    expect(message).toContain(photos);
    expect(await s3Outcome(readHello(s3, photos))).toBe('ok');
    expect(await s3Outcome(readHello(s3, logs))).toBe('AccessDenied');
  });

  test('that asks for the same changes neither the AccessKey nor the Secret', async () => {
    const { ref } = await photosKey();
    const manifest = {
      ...ref,
      spec: {
        storeRef: { name: store.name },
        limited: true,
        bucketAccess: [{ bucketName: photos, permissions: 'read_write' }],
      },
    };
    const applied = await bed.api.apply(manifest);
    const secret = await bed.api.get(secretOf(ref));
    expect((await bed.api.apply(manifest)).metadata.resourceVersion).toBe(applied.metadata.resourceVersion);
    // An edit beside the spec has the operator look at the key; it finds nothing to do.
    const touched = await bed.api.patch(ref, { metadata: { annotations: { touched: 'yes' } } });
    // What it would have done by then.
    await photosKey();
    expect((await bed.api.get(ref))?.metadata.resourceVersion).toBe(touched.metadata.resourceVersion);
    expect((await bed.api.get(secretOf(ref)))?.metadata.resourceVersion).toBe(
      secret?.metadata.resourceVersion,
    );
  });
});
