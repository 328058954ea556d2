/** A control plane and a store that come back in an earlier state, by docs/how-to/restore.md. */
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AccessKeySpec } from '../../../src/api/schema/accesskey.ts';
import { createMinioStore, type MinioStore } from '../../../src/provider/minio/admin.ts';
import type { Pair } from '../../../src/provider/provider.ts';
import type { KubeObject } from '../../bed/api.ts';
import { type Bed, startBed } from '../../bed/bed.ts';
import type { Minio } from '../../bed/minio.ts';
import { type Operator, startOperator } from '../../bed/operator.ts';
import { attachServer } from '../../bed/server.ts';
import {
  ALL_GRANTED,
  accessKeyRef,
  credentialsData,
  edit,
  makeBucket,
  namespaceRef,
  readHello,
  readPair,
  ready,
  reason,
  s3Client,
  s3Outcome,
  samePair,
  secretOf,
  secretRef,
  storeReady,
  storeRef,
  until,
} from '../support/fixtures.ts';

const NS = 'shop';
const NOW = { gracePeriod: '0s' };

let bed: Bed;
let operator: Operator;
let minio: Minio;
let admin: MinioStore;
let bucket = '';

beforeAll(async () => {
  bed = await startBed();
  minio = await bed.startMinio();
  const root = { accessKeyId: minio.rootUser, secretAccessKey: minio.rootPassword };
  admin = createMinioStore({ endpoint: minio.endpoint, credentials: root });
  bucket = await makeBucket({ minio }, 'restore');
  await bed.api.create({ ...namespaceRef(NS) });
  await bed.api.create({ ...secretRef(NS, 'minio-admin'), stringData: credentialsData(root) });
  await bed.api.create({
    ...storeRef('default'),
    spec: {
      endpoint: minio.endpoint,
      allowInsecure: true,
      credentialsRef: { namespace: NS, name: 'minio-admin' },
      grants: ALL_GRANTED,
    },
  });
  await start();
});
afterAll(async () => {
  await admin?.close();
  await bed?.stop();
});

async function start(...more: readonly string[]): Promise<void> {
  const args = ['--policy-check-interval=1s', ...more];
  operator = await startOperator({ bed, kubeconfig: await bed.kubeconfig(), args });
  await operator.ready;
}

const key = (name: string) => accessKeyRef(NS, name);

async function issue(name: string, more: Partial<AccessKeySpec> = {}): Promise<Pair> {
  const bucketAccess = [{ bucketName: bucket, permissions: 'read_write' as const }];
  await bed.api.create({ ...key(name), spec: { limited: true, bucketAccess, ...more } });
  await ready(bed, key(name));
  return readPair(bed, secretOf(key(name)));
}

async function change(name: string, spec: object): Promise<void> {
  await edit(bed, key(name), spec);
}

/** Raises keyGeneration, and waits until the old pair is gone; gives the new one. */
async function rotate(name: string, old: Pair): Promise<Pair> {
  await change(name, { keyGeneration: 2 });
  await until('rotated', async () => (await reads(old)) === 'InvalidAccessKeyId');
  await ready(bed, key(name));
  return readPair(bed, secretOf(key(name)));
}

async function remove(name: string): Promise<void> {
  await bed.api.delete(key(name));
  await bed.api.waitGone(key(name));
}

const reads = (pair: Pair) => s3Outcome(readHello(s3Client(minio, pair), bucket));
const writes = (pair: Pair) => s3Outcome(s3Client(minio, pair).putObject(bucket, 'written', 'written'));
const orphans = () =>
  until('swept', async () => {
    const { status } = (await bed.api.get(storeRef('default'))) ?? {};
    return Number(status?.['orphanedUsers']);
  });

async function expectSamePair(name: string, pair: Pair): Promise<void> {
  await ready(bed, key(name));
  expect(samePair(await readPair(bed, secretOf(key(name))), pair)).toBe(true);
}

describe('a control plane that is restored from an older backup', () => {
  const pairs = new Map<string, Pair>();
  const pair = (name: string): Pair => pairs.get(name) ?? { accessKeyId: '?', secretAccessKey: '?' };
  let later: Pair;
  let renewed: Pair;

  beforeAll(async () => {
    for (const name of ['kept', 'deleted', 'narrowed', 'stays-deleted']) pairs.set(name, await issue(name));
    for (const name of ['rotated', 'leaked']) pairs.set(name, await issue(name, { rotation: NOW }));
    const etcd = await attachServer(bed.supervisor, {
      name: 'etcd',
      folder: bed.folder,
      ready: async () => (await fetch(`${bed.etcd}/health`)).ok,
    });
    const [data, backup] = [join(bed.folder, 'etcd'), join(bed.folder, 'etcd-backup')];
    await etcd.pause();
    await cp(data, backup, { recursive: true });
    await etcd.resume();

    await remove('deleted');
    await remove('stays-deleted');
    await rotate('leaked', pair('leaked'));
    await change('narrowed', { bucketAccess: [{ bucketName: bucket, permissions: 'read_only' }] });
    await until('narrowed', async () => (await writes(pair('narrowed'))) === 'AccessDenied');
    renewed = await rotate('rotated', pair('rotated'));
    later = await issue('later');

    await operator.kill();
    await bed.apiserver.stop();
    await etcd.stop();
    await rm(data, { recursive: true });
    await cp(backup, data, { recursive: true });
    await etcd.start();
    await bed.apiserver.start();
    // Before the operator starts: what is not to come back.
    await bed.api.delete(key('stays-deleted'));
    await bed.api.delete(secretOf(key('leaked')));
    await start();
    await storeReady(bed, storeRef('default'));
  });

  test('has the keys that nothing happened to, as they were', async () => {
    await expectSamePair('kept', pair('kept'));
    expect(await writes(pair('kept'))).toBe('ok');
  });

  test('has the old permissions of a key that was edited since', async () => {
    await until('as in the backup', async () => (await writes(pair('narrowed'))) === 'ok');
    await expectSamePair('narrowed', pair('narrowed'));
  });

  test('gives back the key that was deleted since, with its old pair', async () => {
    await until('back', async () => (await reads(pair('deleted'))) === 'ok');
    await expectSamePair('deleted', pair('deleted'));
  });

  test('gives back the old pair of a key that was rotated since, and ends the newer one', async () => {
    await until('back', async () => (await reads(pair('rotated'))) === 'ok');
    await until('ended', async () => (await reads(renewed)) === 'InvalidAccessKeyId');
    await expectSamePair('rotated', pair('rotated'));
  });

  test('gives back no pair that was put out of the way before the operator started', async () => {
    await bed.api.waitGone(key('stays-deleted'));
    expect(await reads(pair('stays-deleted'))).toBe('InvalidAccessKeyId');
    await ready(bed, key('leaked'));
    const now = await readPair(bed, secretOf(key('leaked')));
    expect(now.accessKeyId).not.toBe(pair('leaked').accessKeyId);
    expect([await reads(now), await reads(pair('leaked'))]).toEqual(['ok', 'InvalidAccessKeyId']);
  });

  test('counts the user of a key that was made since as an orphan, which works on until it is disabled', async () => {
    expect(await bed.api.get(key('later'))).toBeUndefined();
    await until('counted', async () => (await orphans()) === 1);
    expect(await reads(later)).toBe('ok');
    // Applied again, it is another key, and the old pair ends.
    const again = await issue('later');
    expect(again.accessKeyId).not.toBe(later.accessKeyId);
    expect(await reads(later)).toBe('InvalidAccessKeyId');
  });
});

describe('a store that is restored from an older copy', () => {
  const pairs = new Map<string, Pair>();
  const pair = (name: string): Pair => pairs.get(name) ?? { accessKeyId: '?', secretAccessKey: '?' };
  let renewed: Pair;

  beforeAll(async () => {
    for (const name of ['b-kept', 'b-deleted', 'b-narrowed', 'b-disabled'])
      pairs.set(name, await issue(name));
    pairs.set('b-rotated', await issue('b-rotated', { rotation: NOW }));
    const [data, backup] = [join(bed.folder, minio.name), join(bed.folder, 'minio-backup')];
    await minio.stop('SIGTERM');
    await cp(data, backup, { recursive: true });
    await minio.start();
    await storeReady(bed, storeRef('default'));

    await remove('b-deleted');
    await change('b-narrowed', { bucketAccess: [{ bucketName: bucket, permissions: 'read_only' }] });
    await change('b-disabled', { disabled: true });
    await reason(bed, key('b-disabled'), 'Disabled');
    renewed = await rotate('b-rotated', pair('b-rotated'));
    pairs.set('b-later', await issue('b-later'));
    await until('narrowed', async () => (await writes(pair('b-narrowed'))) === 'AccessDenied');

    await minio.stop('SIGTERM');
    await rm(data, { recursive: true });
    await cp(backup, data, { recursive: true });
    await minio.start();
    // Else the sweep at the store's return may be most of a resyncInterval away.
    await operator.kill();
    await start();
    await storeReady(bed, storeRef('default'));
  });

  test('gets its missing users back, with the pairs that applications have', async () => {
    await until('made again', async () => (await reads(pair('b-later'))) === 'ok');
    await until('made again', async () => (await reads(renewed)) === 'ok');
    await expectSamePair('b-later', pair('b-later'));
    await expectSamePair('b-rotated', renewed);
    await expectSamePair('b-kept', pair('b-kept'));
  });

  test('loses revoked access again: a replaced pair, and a permission', async () => {
    await until('ended', async () => (await reads(pair('b-rotated'))) === 'InvalidAccessKeyId');
    await until('narrowed', async () => (await writes(pair('b-narrowed'))) === 'AccessDenied');
  });

  test('disables a disabled key', async () => {
    await until('disabled', async () => (await reads(pair('b-disabled'))) === 'InvalidAccessKeyId');
    await reason(bed, key('b-disabled'), 'Disabled');
  });

  test('counts the user of a deleted key as an orphan, which works until it is disabled', async () => {
    await until('counted', async () => (await orphans()) >= 1);
    expect(await reads(pair('b-deleted'))).toBe('ok');
  });
});

/** Returns an object as Velero restores it: without UID, owner, versions and status. */
function restorable({ apiVersion, kind, metadata, spec, data, type }: KubeObject): KubeObject {
  const { name, namespace, labels, annotations, finalizers } = metadata as KubeObject['metadata'] & {
    readonly finalizers?: readonly string[];
  };
  const kept = { name, namespace, annotations, finalizers };
  const marked = { ...labels, 'velero.io/restore-name': 'shop-again' };
  return { apiVersion, kind, metadata: { ...kept, labels: marked }, spec, data, type } as KubeObject;
}

describe('a namespace that a backup brings back', () => {
  const namespace = 'gone';
  const ref = accessKeyRef(namespace, 'uploader');
  const bucketAccess = () => [{ bucketName: bucket, permissions: 'read_write' as const }];

  test('has new pairs, in the Secrets that came back', async () => {
    await bed.api.create({ ...namespaceRef(namespace) });
    await bed.api.create({ ...ref, spec: { limited: true, bucketAccess: bucketAccess() } });
    await ready(bed, ref);
    const old = await readPair(bed, secretOf(ref));
    const backup = await Promise.all([bed.api.get(secretOf(ref)), bed.api.get(ref)]);
    await bed.api.delete(namespaceRef(namespace));
    await bed.api.waitGone(namespaceRef(namespace), { timeoutMs: 60_000 });
    expect(await reads(old)).toBe('InvalidAccessKeyId');

    await bed.api.create({ ...namespaceRef(namespace) });
    for (const object of backup) if (object) await bed.api.create({ ...restorable(object) });
    await ready(bed, ref);
    const now = await readPair(bed, secretOf(ref));
    expect(now.accessKeyId).not.toBe(old.accessKeyId);
    expect(await reads(now)).toBe('ok');
    expect(await reads(old)).toBe('InvalidAccessKeyId');
  });

  test('of another cluster, with its Secrets while their users live on, waits until these Secrets are gone', async () => {
    const elsewhere = accessKeyRef('other', 'uploader');
    const foreign = await readPair(bed, secretOf(ref));
    const secret = await bed.api.get(secretOf(ref));
    await bed.api.create({ ...namespaceRef('other') });
    const restored = restorable(secret as KubeObject);
    await bed.api.create({ ...restored, metadata: { ...restored.metadata, namespace: 'other' } });
    await bed.api.create({ ...elsewhere, spec: { limited: true, bucketAccess: bucketAccess() } });
    await reason(bed, elsewhere, 'SecretConflict');
    expect(await reads(foreign)).toBe('ok');
    await bed.api.delete(secretOf(elsewhere));
    await ready(bed, elsewhere);
    expect(await reads(await readPair(bed, secretOf(elsewhere)))).toBe('ok');
    expect(await reads(foreign)).toBe('ok');
  });
});

test('a cluster under another name does nothing; once it should forget the old name, it asks for the removal of the Secrets', async () => {
  const pair = await issue('renamed');
  await operator.kill();
  await start('--cluster-name=other');
  await reason(bed, storeRef('default'), 'StoreNotReady');
  expect(await reads(pair)).toBe('ok');
  await bed.api.patch(storeRef('default'), { status: { clusterName: null } }, { subresource: 'status' });
  await storeReady(bed, storeRef('default'));
  await reason(bed, key('renamed'), 'StoreConflict');
  await bed.api.delete(secretOf(key('renamed')));
  await ready(bed, key('renamed'));
  const now = await readPair(bed, secretOf(key('renamed')));
  expect(now.accessKeyId).not.toBe(pair.accessKeyId);
  expect(await reads(now)).toBe('ok');
  expect(await reads(pair)).toBe('ok');
});
