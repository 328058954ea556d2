/** The life of a key: issued, shown, revoked, as somebody who uses it sees it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FINALIZER } from '../../../src/api/names.ts';
import type { AccessKeySpec } from '../../../src/api/schema/accesskey.ts';
import { ask } from '../../bed/ask.ts';
import {
  edit,
  eventReasons,
  expectRevoked,
  fixtures,
  inUse,
  limitedKey,
  makeBucket,
  type NamespacedRef,
  namespaceRef,
  policyOf,
  readHello,
  readPair,
  ready,
  s3Client,
  s3Outcome,
  samePair,
  secretOf,
  type TestStore,
  until,
} from '../support/fixtures.ts';

const life = await fixtures('life');
const { bed, cluster } = life;
afterAll(life.end);

let namespace = '';
let store: TestStore;
let photos = '';
let logs = '';

beforeAll(async () => {
  store = await life.store();
  [namespace, photos, logs] = await Promise.all([
    life.namespace(),
    makeBucket(store, 'photos'),
    makeBucket(store, 'logs'),
  ]);
  await life.operator();
});

/** A key that may write in `photos`, ready, with its pair and a client. */
async function photosKey(spec: Partial<Omit<AccessKeySpec, 'storeRef'>> = {}, inNamespace = namespace) {
  const ref = await life.accessKey(inNamespace, store, {
    ...limitedKey({ [photos]: 'read_write' }),
    ...spec,
  });
  const accessKey = await ready(bed, ref);
  const pair = await readPair(bed, secretOf(ref));
  return { ref, accessKey, pair, s3: s3Client(store.minio, pair) };
}

/** Edits the spec and waits until it is in force. */
async function edited(ref: NamespacedRef, spec: object) {
  await edit(bed, ref, spec);
  return ready(bed, ref);
}

describe('an AccessKey that is made', () => {
  test('gets a pair that does what was asked for, and nothing else', async () => {
    const { s3, pair } = await photosKey();
    await s3.putObject(photos, 'new', 'content');
    expect(await s3Outcome(s3.statObject(photos, 'new'))).toBe('ok');
    expect(await s3Outcome(readHello(s3, logs))).toBe('AccessDenied');
    expect((await s3.listBuckets()).map(({ name }) => name)).toEqual(expect.arrayContaining([photos, logs]));
    expect(await store.admin.probe(pair)).toMatchObject({ kind: 'works' });
  });

  test('without limited and bucketAccess has full access, and no administration', async () => {
    const ref = await life.accessKey(namespace, store);
    const { status } = await ready(bed, ref);
    expect(status.permissions).toEqual([{ bucketName: '*', permissions: 'unrestricted' }]);
    const pair = await readPair(bed, secretOf(ref));
    const s3 = s3Client(store.minio, pair);
    await s3.putObject(logs, 'unrestricted', 'content');
    await s3.putObject(photos, 'unrestricted', 'content');
    const made = await makeBucket(store, 'made');
    await s3.removeObject(made, 'hello');
    await s3.removeBucket(made);
    expect(await s3Outcome(s3.makeBucket(made))).toBe('AccessDenied');
  });

  test('has a Secret with four keys, our labels, what was published, and its owner', async () => {
    const { ref, accessKey, pair } = await photosKey();
    const secret = await bed.api.get(secretOf(ref));
    const { data = {}, metadata } = secret ?? { metadata: undefined };
    const plain = (key: string) => Buffer.from(data[key] ?? '', 'base64').toString();
    expect(secret?.['type']).toBe('Opaque');
    expect(Object.keys(data).sort()).toEqual([
      'AWS_ACCESS_KEY_ID',
      'AWS_ENDPOINT_URL_S3',
      'AWS_REGION',
      'AWS_SECRET_ACCESS_KEY',
    ]);
    expect(plain('AWS_ENDPOINT_URL_S3')).toBe(store.minio.endpoint);
    expect(plain('AWS_REGION')).toBe('us-east-1');
    expect(pair.accessKeyId).toMatch(/^[A-Z2-7]{20}$/);
    expect(metadata?.labels).toEqual({
      'app.kubernetes.io/managed-by': 'access-key-operator',
      'accesskeys.dev/access-key': ref.metadata.name,
    });
    expect(metadata?.annotations).toMatchObject({
      'accesskeys.dev/issued-at': accessKey.status.issuedAt,
      'accesskeys.dev/endpoint': store.minio.endpoint,
      'accesskeys.dev/pair-digest': expect.stringMatching(/^[\w-]{43}$/),
      'accesskeys.dev/previous-keys': '[]',
      'accesskeys.dev/user': pair.accessKeyId,
    });
    expect(metadata?.ownerReferences).toEqual([
      expect.objectContaining({
        kind: 'AccessKey',
        name: ref.metadata.name,
        uid: accessKey.metadata.uid,
        controller: true,
        blockOwnerDeletion: false,
      }),
    ]);
  });

  test('has a status that kstatus and people can read', async () => {
    const { ref, accessKey, pair } = await photosKey({
      label: 'Photo uploader',
      bucketAccess: [
        { bucketName: photos, permissions: 'read_write' },
        { bucketName: logs, permissions: 'none' },
      ],
    });
    const { metadata, status } = accessKey;
    expect(metadata.finalizers).toEqual([FINALIZER]);
    expect(status).toMatchObject({
      observedGeneration: metadata.generation,
      label: 'Photo uploader',
      accessKeyId: pair.accessKeyId,
      binding: { name: ref.metadata.name },
      access: '1 bucket: 1 read_write',
      previousKeys: [],
    });
    expect(status.permissions).toEqual(
      [
        { bucketName: photos, permissions: 'read_write' },
        { bucketName: logs, permissions: 'none' },
      ].sort((a, b) => a.bucketName.localeCompare(b.bucketName)),
    );
    // Neither Reconciling nor Stalled.
    expect(status.conditions?.map(({ type, status, reason }) => [type, status, reason])).toEqual([
      ['Ready', 'True', 'Issued'],
    ]);
    const answer = await ask(
      `${bed.server}/apis/accesskeys.dev/v1alpha1/namespaces/${namespace}/accesskeys/${ref.metadata.name}`,
      {
        ca: bed.caPem,
        headers: {
          authorization: `Bearer ${bed.adminToken}`,
          accept: 'application/json;as=Table;v=v1;g=meta.k8s.io',
        },
      },
    );
    const table: { columnDefinitions: { name: string }[]; rows: { cells: unknown[] }[] } = JSON.parse(
      answer.text,
    );
    const cells = table.columnDefinitions.map(({ name }, i) => [name, table.rows[0]?.cells[i]]);
    expect(Object.fromEntries(cells)).toMatchObject({
      Label: 'Photo uploader',
      Access: '1 bucket: 1 read_write',
      'Key-ID': pair.accessKeyId,
      Secret: ref.metadata.name,
      Ready: 'True',
      Reason: 'Issued',
    });
  });

  test('says in Events what was done and what was refused', async () => {
    const { ref, accessKey } = await photosKey();
    const seen = (expected: string) =>
      until(`an Event ${expected}`, async () =>
        (await eventReasons(bed, accessKey.metadata.uid, namespace)).includes(expected),
      );
    await seen('Issued');
    await edited(ref, { bucketAccess: [{ bucketName: photos, permissions: 'read_only' }] });
    await seen('Updated');
    await bed.api.patch(store.ref, {
      spec: { grants: [{ namespaces: { names: ['elsewhere'] }, buckets: ['*'] }] },
    });
    try {
      await seen('GrantDenied');
      await seen('Disabled');
    } finally {
      await bed.api.patch(store.ref, {
        spec: { grants: [{ namespaces: { all: true }, buckets: ['*'], unrestricted: true }] },
      });
    }
    await ready(bed, ref);
    await seen('Enabled');
    await bed.api.delete(ref);
    await seen('Revoked');
  });
});

describe('a deletion', () => {
  test('revokes the key at once and touches no other', async () => {
    const [doomed, other] = await Promise.all([photosKey(), photosKey()]);
    expect(await s3Outcome(readHello(doomed.s3, photos))).toBe('ok');
    const { use } = await inUse(
      () => readHello(other.s3, photos),
      async () => {
        await bed.api.delete(doomed.ref);
        await bed.api.waitGone(doomed.ref, { timeoutMs: 5_000 });
      },
    );
    expect(await s3Outcome(readHello(doomed.s3, photos))).toBe('InvalidAccessKeyId');
    expect(await bed.api.exists(secretOf(doomed.ref))).toBe(false);
    await expectRevoked(store, policyOf(cluster, doomed.ref), [doomed.pair.accessKeyId]);
    expect(use.refusals).toEqual([]);
    expect(use.times).toBeGreaterThan(2);
    expect(samePair(await readPair(bed, secretOf(other.ref)), other.pair)).toBe(true);
  });

  test('of a namespace revokes its keys', async () => {
    const going = await life.namespace('going');
    const keys = await Promise.all([photosKey({}, going), photosKey({}, going)]);
    await bed.api.delete(namespaceRef(going));
    await bed.api.waitGone(namespaceRef(going), { timeoutMs: 60_000 });
    for (const { ref, pair } of keys) {
      await expectRevoked(store, policyOf(cluster, ref), [pair.accessKeyId]);
    }
  });
});
