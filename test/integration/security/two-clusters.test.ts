/** Two clusters with the same name share a store: neither touches the other's users. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Bed, startBed } from '../../bed/bed.ts';
import { startOperator } from '../../bed/operator.ts';
import {
  ALL_GRANTED,
  accessKeyRef,
  credentialsData,
  fixtures,
  limitedKey,
  namespaceRef,
  readPair,
  ready,
  reason,
  samePair,
  secretOf,
  secretRef,
  storeReady,
  storeRef,
  until,
  usersOf,
} from '../support/fixtures.ts';

const first = await fixtures('two-clusters');
const { bed } = first;
let second: Bed;

const NAMED = ['--cluster-name=prod'];
const mayRead = limitedKey({ photos: 'read_only' });
const mayWrite = limitedKey({ photos: 'read_write' });

beforeAll(async () => {
  second = await startBed();
  await first.operator({ args: NAMED });
});
afterAll(async () => {
  await second.stop();
  await first.end();
});

test('an AccessKey of the same name in the other cluster gets nothing, takes nothing, and revokes nothing', async () => {
  const namespace = await first.namespace();
  const store = await first.store();
  const cluster = { ...first.cluster, name: 'prod' };
  const ref = await first.accessKey(namespace, store, mayRead, 'uploader');
  await ready(bed, ref);
  const pair = await readPair(bed, secretOf(ref));
  const policies = await store.admin.getUser(pair.accessKeyId);

  const { rootUser: accessKeyId, rootPassword: secretAccessKey } = store.minio;
  const there = accessKeyRef(namespace, 'uploader');
  await second.api.create({ ...namespaceRef(namespace) });
  const credentials = secretRef(namespace, 'minio-admin');
  await second.api.create({ ...credentials, stringData: credentialsData({ accessKeyId, secretAccessKey }) });
  await second.api.create({
    ...storeRef('default'),
    spec: {
      endpoint: store.minio.endpoint,
      allowInsecure: true,
      credentialsRef: credentials.metadata,
      grants: ALL_GRANTED,
      orphans: 'Prune',
    },
  });
  const operator = await startOperator({ bed: second, kubeconfig: await second.kubeconfig(), args: NAMED });
  await operator.ready;
  const seen = await storeReady(second, storeRef('default'));
  expect(seen.status.clusterName).toBe('prod');

  await second.api.create({ ...there, spec: mayWrite });
  const { message } = await reason(second, there, 'StoreConflict');
  expect(message).toContain('accesskeys.prod.');
  expect(await second.api.exists(secretOf(there))).toBe(false);
  // The other's users are none of its orphans either.
  await second.api.waitFor(storeRef('default'), 'swept', (object) => object?.status?.['lastSyncAt']);
  expect((await second.api.get(storeRef('default')))?.status?.['orphanedUsers']).toBe(0);

  // One of its own, beside it: another name, another policy.
  const own = accessKeyRef(namespace, 'reader');
  await second.api.create({ ...own, spec: mayRead });
  await ready(second, own);
  const ofSecond = await readPair(second, secretOf(own));

  await second.api.delete(there);
  await second.api.waitFor(
    there,
    'gone or waiting',
    (object) => !object || object.status?.conditions !== undefined,
  );
  expect(samePair(await readPair(bed, secretOf(ref)), pair)).toBe(true);
  expect((await store.admin.probe(pair)).kind).toBe('works');
  expect(await store.admin.getUser(pair.accessKeyId)).toEqual(policies);
  expect((await usersOf(store, cluster, ref)).map((user) => user.accessKeyId)).toEqual([pair.accessKeyId]);

  await bed.api.delete(ref);
  await bed.api.waitGone(ref);
  expect(await store.admin.getUser(pair.accessKeyId)).toBeUndefined();
  expect((await store.admin.probe(ofSecond)).kind).toBe('works');
  // Once the first cluster's key is gone, nothing is in the way of the second's end.
  await until('gone', async () => (await second.api.get(there)) === undefined, 60_000);
  await second.api.delete(own);
  await second.api.waitGone(own);
  expect(await store.admin.getUser(ofSecond.accessKeyId)).toBeUndefined();
  await operator.kill();
});
