/** Many things at once, and in an unlikely order: nothing is left, nothing is lost. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { API_VERSION } from '../../../src/api/names.ts';
import type { KubeObject, Ref } from '../../bed/api.ts';
import { allAtOnce } from '../support/all-at-once.ts';
import {
  edit,
  fixtures,
  limitedKey,
  namespaceRef,
  readPair,
  ready,
  secretOf,
  type TestStore,
  until,
} from '../support/fixtures.ts';
import { watchPairs } from '../support/pair-watcher.ts';
import { type Rules, rulesFor } from '../support/rules.ts';
import { seeded } from '../support/seeded-random.ts';

const order = await fixtures('order', { addsFinalizers: true });
const { bed } = order;
const spec = limitedKey({ photos: 'read_only' });
const CRD = join(import.meta.dirname, '..', '..', '..', 'crds', 'accesskeys.dev_accesskeys.yaml');

let store: TestStore;
let namespace = '';
let rules: Rules;

beforeAll(async () => {
  [store, namespace] = await Promise.all([order.store(), order.namespace()]);
  rules = await rulesFor(order, { stores: [store], namespaces: [namespace] });
  await order.operator({ args: ['--namespaced-store-endpoints=http://127.0.0.1:*'] });
});
afterAll(order.end);

test('the same AccessKey, deleted and made again 100 times in a row, never has a pair or an id of before', async () => {
  const watcher = await watchPairs(bed, bed.minio, namespace);
  const watching = await rulesFor(order, { stores: [store], namespaces: [namespace], watchers: [watcher] });
  const ids = new Set<string>();
  let waited = 0;
  for (let n = 0; n < 100; n += 1) {
    const ref = await order.accessKey(namespace, store, spec, 'again');
    // Not each is waited for: most go in the middle of what is done for them.
    if (n % 10 === 0) {
      ids.add((await ready(bed, ref)).status.accessKeyId ?? '');
      waited += 1;
    }
    await bed.api.delete(ref);
    await bed.api.waitGone(ref);
  }
  const last = await order.accessKey(namespace, store, spec, 'again');
  ids.add((await ready(bed, last)).status.accessKeyId ?? '');
  expect(ids.size).toBe(waited + 1);
  expect(await watcher.used((await readPair(bed, secretOf(last))).accessKeyId)).toBe('ok');
  await watching.hold();
  await watcher.stop();
  const published = watcher.published.map(({ accessKeyId }) => accessKeyId);
  expect(new Set(published).size).toBe(published.length);
  await bed.api.delete(last);
  await bed.api.waitGone(last);
}, 240_000);

test('every rule holds for 200 keys that are made, edited and deleted at once in random order', async () => {
  // `npm run soak` does it with 2,000.
  const { left } = await allAtOnce(order, { store, namespace, keys: 200, random: seeded() });
  await rules.hold({ timeoutMs: 30_000 });
  await Promise.all(left.map((ref) => bed.api.delete(ref)));
  await Promise.all(left.map((ref) => bed.api.waitGone(ref, { timeoutMs: 60_000 })));
  await rules.hold();
}, 240_000);

test('a namespace that goes with its keys, their Secrets, their store and its credentials leaves nothing', async () => {
  const home = await order.namespace('home');
  const own = await order.store({ namespace: home });
  const watching = await rulesFor(order, { stores: [own], namespaces: [home] });
  const refs = await Promise.all(Array.from({ length: 8 }, () => order.accessKey(home, own, spec)));
  await Promise.all(refs.map((ref) => ready(bed, ref)));
  await watching.hold();
  // Some are on their way when it begins.
  await Promise.all(Array.from({ length: 4 }, () => order.accessKey(home, own, spec)));
  await bed.api.delete(namespaceRef(home));
  await bed.api.waitGone(namespaceRef(home), { timeoutMs: 60_000 });
  await watching.hold();
}, 120_000);

test('a store that is deleted first waits for its keys, and goes when the last one has gone', async () => {
  const first = await order.store();
  const watching = await rulesFor(order, { stores: [first], namespaces: [namespace] });
  const refs = await Promise.all(Array.from({ length: 4 }, () => order.accessKey(namespace, first, spec)));
  await Promise.all(refs.map((ref) => ready(bed, ref)));
  await Promise.all([bed.api.delete(first.ref), bed.api.delete(first.credentials)]);
  await bed.api.waitFor(first.ref, 'waiting', (object) => object?.metadata.deletionTimestamp !== undefined);
  await watching.hold();
  await Promise.all(refs.map((ref) => bed.api.delete(ref)));
  await Promise.all(refs.map((ref) => bed.api.waitGone(ref)));
  await Promise.all([bed.api.waitGone(first.ref), bed.api.waitGone(first.credentials)]);
  await watching.hold();
});

interface Crd extends KubeObject {
  spec: { versions: { schema: { openAPIV3Schema: { properties: Record<string, Schema> } } }[] };
}
interface Schema {
  type: string;
  properties?: Record<string, Schema>;
}

test('a CRD that gets another field under a running operator changes no existing object', async () => {
  const ref = await order.accessKey(namespace, store, spec);
  const { metadata } = await ready(bed, ref);
  const pair = await readPair(bed, secretOf(ref));
  const text = await readFile(CRD, 'utf8');
  const upgraded: Ref & Crd = parse(text);
  const schema = upgraded.spec.versions[0]?.schema.openAPIV3Schema.properties['spec'];
  if (!schema?.properties) throw new Error('no spec in the CRD');
  schema.properties['fromTheFuture'] = { type: 'string' };
  try {
    await bed.api.apply(upgraded);
    await until('served', async () => {
      await edit(bed, ref, { fromTheFuture: 'here' });
      return (await bed.api.get(ref))?.spec?.['fromTheFuture'] === 'here';
    });
    // A field that this operator doesn't know: the key stays what it is, and so does the field.
    const after = await ready(bed, ref);
    expect(after.metadata.uid).toBe(metadata.uid);
    expect((await readPair(bed, secretOf(ref))).accessKeyId).toBe(pair.accessKeyId);
    const made = await order.accessKey(namespace, store, spec);
    await Promise.all([
      edit(bed, ref, { bucketAccess: [{ bucketName: 'logs', permissions: 'read_write' }] }),
      ready(bed, made),
    ]);
    await ready(bed, ref);
    expect((await bed.api.get(ref))?.spec?.['fromTheFuture']).toBe('here');
    await rules.hold();
  } finally {
    await bed.api.applyYaml(text);
  }
  // Applied again, as GitOps does.
  const crd: Ref = parse(text);
  await until(
    'served as before',
    async () => !JSON.stringify(await bed.api.get(crd)).includes('fromTheFuture'),
  );
  await edit(bed, ref, { label: 'After all' });
  await ready(bed, ref);
  await rules.hold();
  const keys = await bed.api.list({ apiVersion: API_VERSION, kind: 'AccessKey', namespace });
  expect(keys.length).toBeGreaterThan(1);
});
