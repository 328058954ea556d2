/**
 * The right to edit or create Secrets costs the operator no more reads and writes than any key, whatever is written
 * there.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  ANNOTATION_PREVIOUS_KEYS,
  FIELD_MANAGER,
  LABEL_ACCESS_KEY,
  LABEL_MANAGED_BY,
  MANAGED_BY,
} from '../../../src/api/names.ts';
import { newAccessKeyId } from '../../../src/ownership/names.ts';
import {
  fixtures,
  type NamespacedRef,
  policyOf,
  readPair,
  ready,
  secretOf,
  secretRef,
  touch,
  until,
} from '../support/fixtures.ts';
import { type Proxied, proxied } from '../support/proxied.ts';

const forged = await fixtures('forged');
const { bed, cluster } = forged;
let behind: Proxied;
let namespace: string;

beforeAll(async () => {
  behind = await proxied(forged);
  namespace = await forged.namespace();
  await behind.operator();
});
afterAll(async () => {
  await forged.end();
  await behind.close();
});

const limited = {
  limited: true,
  bucketAccess: [{ bucketName: 'photos', permissions: 'read_write' as const }],
};
const record = (ref: NamespacedRef) =>
  bed.api.get(secretOf(ref)).then((secret) => secret?.metadata.annotations?.[ANNOTATION_PREVIOUS_KEYS]);
const write = (ref: NamespacedRef, text: string) =>
  bed.api.patch(secretOf(ref), { metadata: { annotations: { [ANNOTATION_PREVIOUS_KEYS]: text } } });

/** Ids of the operator's form that carry the AccessKey's tag, which anybody can work out. */
function invented(ref: NamespacedRef, count: number): string[] {
  return Array.from({ length: count }, (_, n) => {
    const bytes = Buffer.alloc(8, 7);
    bytes.writeUInt32BE(n);
    return newAccessKeyId(policyOf(cluster, ref), () => bytes);
  });
}

test('a record of 4,500 invented ids counts as changed by somebody, and none of them is asked for', async () => {
  const ref = await forged.accessKey(namespace, behind.store, limited);
  await ready(bed, ref);
  await behind.quiet();
  behind.s3.requests.length = 0;
  const ids = invented(ref, 4_500);
  await write(ref, `[${ids.map((id) => `{"accessKeyId":"${id}","revokeAt":"2027"}`).join()}]`);
  await until('which somebody had changed', async () => (await record(ref)) === '[]');
  await behind.quiet();
  const asked = behind.s3.requests.filter(({ path }) => path.includes('/user-info'));
  expect(asked.length).toBeLessThan(10);
  expect((await ready(bed, ref)).status.previousKeys).toEqual([]);
});

test('a short record with invented ids has three of them asked for, and none gets into the status', async () => {
  const ref = await forged.accessKey(namespace, behind.store, limited);
  await ready(bed, ref);
  await behind.quiet();
  behind.s3.requests.length = 0;
  const ids = invented(ref, 8);
  await write(
    ref,
    JSON.stringify(ids.map((accessKeyId) => ({ accessKeyId, revokeAt: '2027-01-01T00:00:00.000Z' }))),
  );
  await until('which somebody had changed', async () => (await record(ref)) === '[]');
  await behind.quiet();
  const asked = new Set(behind.s3.requests.flatMap(({ path }) => ids.filter((id) => path.includes(id))));
  expect(asked.size).toBeLessThanOrEqual(3);
  expect((await ready(bed, ref)).status.previousKeys).toEqual([]);
});

test('a previous key that is pushed out of the record ends at its time, and not before', async () => {
  const ref = await forged.accessKey(namespace, behind.store, {
    ...limited,
    rotation: { gracePeriod: '12s' },
  });
  await ready(bed, ref);
  const { accessKeyId: old } = await readPair(bed, secretOf(ref));
  await bed.api.patch(ref, { spec: { keyGeneration: 2 } });
  const [previous] = await until('rotated', async () => {
    const { previousKeys = [] } = (await ready(bed, ref)).status;
    return previousKeys.length === 1 && previousKeys;
  });
  expect(previous?.accessKeyId).toBe(old);
  const forgedKeys = invented(ref, 3).map((accessKeyId) => ({
    accessKeyId,
    revokeAt: '2027-01-01T00:00:00.000Z',
  }));
  await write(ref, JSON.stringify(forgedKeys));
  const [kept] = await until('which somebody had changed', async () => {
    const text = await record(ref);
    return text?.includes(old) && (JSON.parse(text) as { accessKeyId: string; revokeAt: string }[]);
  });
  expect(kept?.accessKeyId).toBe(old);
  expect(Date.parse(kept?.revokeAt ?? '')).toBeLessThanOrEqual(Date.parse(previous?.revokeAt ?? ''));
  const end = Date.parse(previous?.revokeAt ?? '');
  if (Date.now() < end - 2_000) expect(await behind.store.admin.getUser(old)).toBeDefined();
  await sleep(Math.max(0, end - Date.now()));
  await until('revoked', async () => (await behind.store.admin.getUser(old)) === undefined);
});

test('hundreds of Secrets with the label of an AccessKey are not read, and stay', async () => {
  const ref = await forged.accessKey(namespace, behind.store, limited);
  await ready(bed, ref);
  const labels = { [LABEL_MANAGED_BY]: MANAGED_BY, [LABEL_ACCESS_KEY]: ref.metadata.name };
  const names = Array.from({ length: 300 }, (_, n) => `${ref.metadata.name}-junk-${n}`);
  const stringData = { AWS_ACCESS_KEY_ID: 'somebody', AWS_SECRET_ACCESS_KEY: 'else-has-this' };
  const make = async (name: string) => {
    const { apiVersion, kind, metadata } = secretRef(namespace, name);
    await bed.api.create({
      apiVersion,
      kind,
      metadata: { ...metadata, labels } as typeof metadata,
      stringData,
    });
  };
  for (let n = 0; n < names.length; n += 20) await Promise.all(names.slice(n, n + 20).map(make));
  await behind.quiet();
  behind.api.requests.length = 0;
  await bed.api.patch(ref, { spec: { label: 'Edited' } });
  await ready(bed, ref);
  await touch(bed, ref);
  await behind.quiet();
  const read = behind.api.requests.filter(({ method, path }) => method === 'GET' && path.includes('-junk-'));
  expect(read).toEqual([]);
  expect(await bed.api.exists(secretRef(namespace, names[0] ?? ''))).toBe(true);
});

test('Secrets that claim to be written by the operator are removed a few at a time, and its own and a copy stay', async () => {
  const ref = await forged.accessKey(namespace, behind.store, limited);
  const {
    metadata: { uid },
  } = await ready(bed, ref);
  const pair = await readPair(bed, secretOf(ref));
  const labels = { [LABEL_MANAGED_BY]: MANAGED_BY, [LABEL_ACCESS_KEY]: ref.metadata.name };
  const names = Array.from({ length: 12 }, (_, n) => `${ref.metadata.name}-claim-${n}`);
  const ownerReferences = [
    { apiVersion: ref.apiVersion, kind: ref.kind, name: ref.metadata.name, uid, controller: true },
  ];
  const claim = (name: string) => {
    const { apiVersion, kind, metadata } = secretRef(namespace, name);
    return { apiVersion, kind, metadata: { ...metadata, labels, ownerReferences } as typeof metadata };
  };
  const copy = `${ref.metadata.name}-copy`;
  await bed.api.create(claim(copy));
  for (const name of names) await bed.api.apply(claim(name), { fieldManager: FIELD_MANAGER });
  await until('removed', async () =>
    (await Promise.all(names.map((name) => bed.api.exists(secretRef(namespace, name))))).every((is) => !is),
  );
  await ready(bed, ref);
  expect((await readPair(bed, secretOf(ref))).accessKeyId).toBe(pair.accessKeyId);
  expect(await bed.api.exists(secretRef(namespace, copy))).toBe(true);
});
