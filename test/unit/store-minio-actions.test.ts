import { expect, test } from 'vitest';
import { MINIO_ACTIONS } from '../../src/store/minio/actions.ts';

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

test('what is granted', () => {
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
