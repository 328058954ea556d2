import type { Audience } from './levels.ts';

/** One operation of S3 on MinIO, and who may do it. */
export interface Operation<Name extends string = string> {
  /** As S3's API has it; after a comma, which case of it. */
  readonly name: Name;
  /** The action that MinIO looks up in the policy, without `s3:`. Undefined if it looks up none. */
  readonly action: string | undefined;
  readonly audience: Audience;
  /**
   * MinIO's answer to a key that may: the code of an error that isn't about permission, such as
   * NoSuchLifecycleConfiguration where there is none. Left out for a success.
   */
  readonly answer?: string;
  /** What a reader should know about it. */
  readonly note?: string;
}

function operation<const Name extends string>(
  name: Name,
  action: string | undefined,
  audience: Audience,
  more: Pick<Operation, 'answer' | 'note'> = {},
): Operation<Name> {
  return { name, action, audience, ...more };
}

const NO_ACLS = 'a fixed answer: MinIO has no ACLs';
const NOT_KEPT = 'MinIO keeps no such setting';
const SOURCE_TOO = 'and `GetObject` on the source';
const ANY_VERSION = 'the action on the object is enough for any of its versions';
const LOCKED_ONLY = 'in a bucket with object lock; in others everybody is told `InvalidRequest`';
const READ_AS_CREATION =
  'MinIO reads it as a `CreateBucket`, and refuses its form before it asks for a right';

/**
 * Who may do what on MinIO. docs/permissions.md shows this table. test/permissions tries each row on a real MinIO, in
 * this order: a bucket's object lock comes last, because it stays.
 */
export const OPERATION_GROUPS = [
  {
    title: 'Buckets and lists',
    operations: [
      operation('ListBuckets', 'ListAllMyBuckets', 'everyKey', { note: 'shows the names of all buckets' }),
      operation('CreateBucket', 'CreateBucket', 'nobody', {
        note: 'by `create: true` the operator does it; see below',
      }),
      operation('HeadBucket', 'ListBucket', 'readsBucket'),
      operation('GetBucketLocation', 'GetBucketLocation', 'findsBucket'),
      operation('ListObjectsV2', 'ListBucket', 'readsObjects'),
      operation('ListObjects', 'ListBucket', 'readsObjects'),
      operation('ListObjectVersions', 'ListBucketVersions', 'readsObjects'),
      operation('DeleteBucket', 'DeleteBucket', 'unrestricted', { answer: 'BucketNotEmpty' }),
      operation('DeleteBucket, by force', 'ForceDeleteBucket', 'nobody', {
        note: "MinIO's header `x-minio-force-delete`, by which all versions in the bucket go with it",
      }),
    ],
  },
  {
    title: 'Objects',
    operations: [
      operation('GetObject', 'GetObject', 'readsObjects'),
      operation('GetObject, a version', 'GetObject', 'readsObjects', { note: ANY_VERSION }),
      operation('HeadObject', 'GetObject', 'readsObjects'),
      operation('SelectObjectContent', 'GetObject', 'readsObjects'),
      operation('GetObjectAcl', 'GetBucketPolicy', 'readsBucket', { note: NO_ACLS }),
      operation('GetObjectAttributes', 'GetObjectAttributes', 'unrestricted'),
      operation('PutObject', 'PutObject', 'addsObjects'),
      operation('PutObject, with tags', 'PutObject', 'addsObjects', {
        note: 'tags that come with the object need no right of their own',
      }),
      operation('CopyObject', 'PutObject', 'addsObjects', { note: SOURCE_TOO }),
      operation('DeleteObject', 'DeleteObject', 'deletesObjects'),
      operation('DeleteObject, a version', 'DeleteObject', 'deletesObjects', {
        note: `${ANY_VERSION}: versioning doesn't protect objects from the key`,
      }),
      operation('DeleteObjects', 'DeleteObject', 'deletesObjects', {
        note: 'decided for each object; some clients hide which were refused',
      }),
      operation('RestoreObject', 'RestoreObject', 'deletesObjects', {
        answer: 'InvalidObjectState',
        note: 'for objects that a lifecycle rule has moved to a remote tier',
      }),
      operation('GetObjectTagging', 'GetObjectTagging', 'unrestricted'),
      operation('PutObjectTagging', 'PutObjectTagging', 'unrestricted'),
      operation('DeleteObjectTagging', 'DeleteObjectTagging', 'unrestricted'),
      operation('PutObjectAcl', 'PutBucketPolicy', 'unrestricted'),
      operation('GetObjectRetention', 'GetObjectRetention', 'unrestricted', {
        answer: 'NoSuchObjectLockConfiguration',
      }),
      operation('PutObjectRetention', 'PutObjectRetention', 'unrestricted', { note: LOCKED_ONLY }),
      operation('GetObjectLegalHold', 'GetObjectLegalHold', 'unrestricted', {
        answer: 'NoSuchObjectLockConfiguration',
      }),
      operation('PutObjectLegalHold', 'PutObjectLegalHold', 'unrestricted', { note: LOCKED_ONLY }),
    ],
  },
  {
    title: 'Multipart uploads',
    operations: [
      operation('CreateMultipartUpload', 'PutObject', 'addsObjects'),
      operation('UploadPart', 'PutObject', 'addsObjects'),
      operation('UploadPartCopy', 'PutObject', 'addsObjects', { note: SOURCE_TOO }),
      operation('ListParts', 'ListMultipartUploadParts', 'readsObjects'),
      operation('CompleteMultipartUpload', 'PutObject', 'addsObjects'),
      operation('AbortMultipartUpload', 'AbortMultipartUpload', 'addsObjects'),
      operation('ListMultipartUploads', 'ListBucketMultipartUploads', 'readsBucket'),
    ],
  },
  {
    title: 'Settings of a bucket',
    operations: [
      operation('GetBucketTagging', 'GetBucketTagging', 'readsBucket', { answer: 'NoSuchTagSet' }),
      operation('PutBucketTagging', 'PutBucketTagging', 'writesBucket'),
      operation('DeleteBucketTagging', 'PutBucketTagging', 'writesBucket'),
      operation('GetBucketVersioning', 'GetBucketVersioning', 'readsBucket'),
      operation('PutBucketVersioning', 'PutBucketVersioning', 'writesSettings'),
      operation('GetBucketLifecycleConfiguration', 'GetLifecycleConfiguration', 'readsBucket', {
        answer: 'NoSuchLifecycleConfiguration',
      }),
      operation('PutBucketLifecycleConfiguration', 'PutLifecycleConfiguration', 'writesSettings'),
      operation('DeleteBucketLifecycle', 'PutLifecycleConfiguration', 'writesSettings'),
      operation('GetBucketNotificationConfiguration', 'GetBucketNotification', 'readsBucket'),
      operation('PutBucketNotificationConfiguration', 'PutBucketNotification', 'writesSettings'),
      operation('GetBucketReplication', 'GetReplicationConfiguration', 'readsBucket', {
        answer: 'ReplicationConfigurationNotFoundError',
      }),
      operation('PutBucketReplication', 'PutReplicationConfiguration', 'writesSettings', {
        answer: 'XMinioAdminRemoteTargetNotFoundError',
        note: 'the target has to be set up by an administrator',
      }),
      operation('DeleteBucketReplication', 'PutReplicationConfiguration', 'writesSettings', {
        answer: 'XMinioAdminRemoteTargetNotFoundError',
      }),
      operation('GetBucketPolicy', 'GetBucketPolicy', 'readsBucket', { answer: 'NoSuchBucketPolicy' }),
      operation('PutBucketPolicy', 'PutBucketPolicy', 'unrestricted'),
      operation('GetBucketPolicyStatus', 'GetBucketPolicyStatus', 'unrestricted'),
      operation('DeleteBucketPolicy', 'DeleteBucketPolicy', 'unrestricted'),
      operation('GetBucketAcl', 'GetBucketPolicy', 'readsBucket', { note: NO_ACLS }),
      operation('PutBucketAcl', 'PutBucketPolicy', 'unrestricted'),
      operation('GetBucketCors', 'GetBucketCors', 'readsBucket', {
        answer: 'NoSuchCORSConfiguration',
        note: NOT_KEPT,
      }),
      operation('PutBucketCors', 'PutBucketCors', 'writesBucket', {
        answer: 'NotImplemented',
        note: NOT_KEPT,
      }),
      operation('DeleteBucketCors', 'DeleteBucketCors', 'unrestricted', {
        answer: 'NotImplemented',
        note: NOT_KEPT,
      }),
      operation('GetBucketWebsite', 'GetBucketPolicy', 'readsBucket', {
        answer: 'NoSuchWebsiteConfiguration',
        note: NOT_KEPT,
      }),
      operation('DeleteBucketWebsite', undefined, 'everyKey', { note: 'does nothing' }),
      operation('PutBucketWebsite', undefined, 'everyKey', {
        answer: 'MalformedXML',
        note: READ_AS_CREATION,
      }),
      operation('GetBucketLogging', 'GetBucketPolicy', 'readsBucket', { note: NOT_KEPT }),
      operation('PutBucketLogging', undefined, 'everyKey', {
        answer: 'MalformedXML',
        note: READ_AS_CREATION,
      }),
      operation('GetBucketEncryption', 'GetEncryptionConfiguration', 'unrestricted', {
        answer: 'ServerSideEncryptionConfigurationNotFoundError',
      }),
      operation('PutBucketEncryption', 'PutEncryptionConfiguration', 'unrestricted', {
        answer: 'NotImplemented',
        note: 'where the server has no KMS',
      }),
      operation('DeleteBucketEncryption', 'PutEncryptionConfiguration', 'unrestricted'),
      operation('GetObjectLockConfiguration', 'GetBucketObjectLockConfiguration', 'unrestricted'),
      operation('PutObjectLockConfiguration', 'PutBucketObjectLockConfiguration', 'unrestricted'),
    ],
  },
] as const;

export type OperationName = (typeof OPERATION_GROUPS)[number]['operations'][number]['name'];

export const OPERATIONS: readonly Operation<OperationName>[] = OPERATION_GROUPS.flatMap(
  ({ operations }): readonly Operation<OperationName>[] => operations,
);
