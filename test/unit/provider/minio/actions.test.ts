import { expect, test } from 'vitest';
import { EXTRA_ACTIONS } from '../../../../src/api/schema/store-fields.ts';
import { withExtraActions } from '../../../../src/provider/documents/actions.ts';
import { MINIO_ACTIONS } from '../../../../src/provider/minio/actions.ts';

/** The guide's lists, as it has them. */
const READ_ONLY = `GetBucketAcl, GetBucketCORS, GetBucketLocation, GetBucketLogging, GetBucketNotification,
  GetBucketPolicy, GetBucketTagging, GetBucketVersioning, GetBucketWebsite, GetLifecycleConfiguration, GetObjectAcl,
  GetObject, GetObjectTorrent, GetReplicationConfiguration, GetObjectVersionAcl, GetObjectVersion,
  GetObjectVersionTorrent, ListBucketMultipartUploads, ListBucket, ListBucketVersions, ListMultipartUploadParts`;
const READ_WRITE = `AbortMultipartUpload, DeleteBucketWebsite, DeleteObject, DeleteObjectVersion,
  DeleteReplicationConfiguration, PutBucketCORS, PutBucketLogging, PutBucketNotification, PutBucketTagging,
  PutBucketVersioning, PutBucketWebsite, PutLifecycleConfiguration, PutObject, PutObjectAcl, PutObjectVersionAcl,
  PutReplicationConfiguration, RestoreObject`;

const names = (list: string) => list.split(/,\s+/).sort();
const inTable = (permission: string) =>
  MINIO_ACTIONS.guide
    .filter((action) => action.permission === permission)
    .map((action) => action.name)
    .sort();

test("the guide's actions are all in the table, once, and no others", () => {
  expect(inTable('read_only')).toEqual(names(READ_ONLY));
  expect(inTable('read_write')).toEqual(names(READ_WRITE));
});

test('each permission gives exactly its actions', () => {
  expect([...MINIO_ACTIONS.readBucket].sort()).toEqual([
    's3:GetBucketCors',
    's3:GetBucketLocation',
    's3:GetBucketNotification',
    's3:GetBucketPolicy',
    's3:GetBucketTagging',
    's3:GetBucketVersioning',
    's3:GetLifecycleConfiguration',
    's3:GetReplicationConfiguration',
    's3:ListBucket',
    's3:ListBucketMultipartUploads',
    's3:ListBucketVersions',
  ]);
  expect([...MINIO_ACTIONS.readObject].sort()).toEqual([
    's3:GetObject',
    's3:GetObjectVersion',
    's3:ListMultipartUploadParts',
  ]);
  expect([...MINIO_ACTIONS.writeBucket].sort()).toEqual(['s3:PutBucketCors', 's3:PutBucketTagging']);
  expect([...MINIO_ACTIONS.configureBucket].sort()).toEqual([
    's3:PutBucketNotification',
    's3:PutBucketVersioning',
    's3:PutLifecycleConfiguration',
    's3:PutReplicationConfiguration',
  ]);
  expect([...MINIO_ACTIONS.writeObject].sort()).toEqual([
    's3:AbortMultipartUpload',
    's3:DeleteObject',
    's3:DeleteObjectVersion',
    's3:PutObject',
    's3:RestoreObject',
  ]);
});

test('nothing by which a key could widen itself is granted, or can be configured', () => {
  const { readBucket, readObject, writeBucket, configureBucket, writeObject, extra } = MINIO_ACTIONS;
  const all = [
    readBucket,
    readObject,
    writeBucket,
    configureBucket,
    writeObject,
    extra.map(({ name }) => `s3:${name}`),
  ];
  for (const forbidden of [
    's3:PutBucketPolicy',
    's3:PutBucketAcl',
    's3:DeleteBucket',
    's3:DeleteBucketPolicy',
  ]) {
    expect(all.flat()).not.toContain(forbidden);
  }
});

test('what a prefix leaves is part of what read_only has', () => {
  const { readBucket, locateBucket, listBucket } = MINIO_ACTIONS;
  expect(readBucket).toEqual(expect.arrayContaining([...locateBucket, ...listBucket]));
});

test("what a store's extraActions may name is what the table has, for the same permission", () => {
  const inTable = (permission: string) =>
    MINIO_ACTIONS.extra.filter((action) => action.permission === permission).map(({ name }) => name);
  for (const permission of ['read_only', 'read_write'] as const) {
    expect(inTable(permission).sort()).toEqual([...EXTRA_ACTIONS[permission]].sort());
  }
});

test('extra actions stand beside those of their permission, on buckets or on objects', () => {
  const all = MINIO_ACTIONS.extra.map(({ name }) => name);
  const { readBucket, readObject, writeBucket, writeObject, ...others } = withExtraActions(
    MINIO_ACTIONS,
    all,
  );
  const added = (list: readonly string[], to: readonly string[]) =>
    list.filter((action) => !to.includes(action));
  expect(added(readBucket, MINIO_ACTIONS.readBucket)).toEqual([
    's3:GetBucketObjectLockConfiguration',
    's3:GetEncryptionConfiguration',
  ]);
  expect(added(readObject, MINIO_ACTIONS.readObject)).toHaveLength(6);
  expect(writeBucket).toEqual(MINIO_ACTIONS.writeBucket);
  expect(added(writeObject, MINIO_ACTIONS.writeObject)).toEqual([
    's3:PutObjectTagging',
    's3:DeleteObjectTagging',
  ]);
  expect(others.configureBucket).toEqual(MINIO_ACTIONS.configureBucket);
  expect(withExtraActions(MINIO_ACTIONS, ['PutBucketPolicy', 'GetObject'])).toEqual(MINIO_ACTIONS);
});
