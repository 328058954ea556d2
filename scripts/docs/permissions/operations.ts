import type { Audience } from './levels.ts';

/** The tested stores beside MinIO, by their names in test/conformance. */
export const OTHER_STORES = ['VersityGW', 'Ceph'] as const;
type OtherStore = (typeof OTHER_STORES)[number];

/** The levels that may do an operation, and the store's answer to them. */
interface Outcome {
  readonly audience: Audience;
  readonly answer?: string;
}

/** One operation of S3 on MinIO, and who may do it. */
export interface Operation<Name extends string = string> {
  /** As S3's API has it; after a comma, which case of it. */
  readonly name: Name;
  /** The action that MinIO looks up in the policy, without `s3:`. Undefined if it looks up none. */
  readonly action: string | undefined;
  readonly audience: Audience;
  /**
   * MinIO's answer to a key that may: the code of an error that isn't about permission, such as
   * NoSuchLifecycleConfiguration if there is none. Left out for a success.
   */
  readonly answer?: string;
  /** A note for the reader. */
  readonly note?: string;
  /** The outcome on other stores, if it differs from MinIO's. */
  readonly elsewhere?: Partial<Readonly<Record<OtherStore, Outcome>>>;
}

/** Returns how the operation ends on the store of that name. */
export function outcomeOn(store: string, operation: Operation): Outcome {
  const others: Partial<Record<string, Outcome>> = operation.elsewhere ?? {};
  return others[store] ?? operation;
}

function operation<const Name extends string>(
  name: Name,
  action: string | undefined,
  audience: Audience,
  more: Pick<Operation, 'answer' | 'note' | 'elsewhere'> = {},
): Operation<Name> {
  return { name, action, audience, ...more };
}

/** Returns that these levels may do it, with the same result on both other stores. */
function onBoth(audience: Audience, answer?: string): Pick<Operation, 'elsewhere'> {
  const outcome = { audience, ...(answer !== undefined && { answer }) };
  return { elsewhere: { VersityGW: outcome, Ceph: outcome } };
}

/** The answer of a store that lacks the operation, to every client. */
const NOT_IN_VERSITYGW: Outcome = { audience: 'everyKey', answer: 'NotImplemented' };
const NOT_IN_CEPH: Outcome = { audience: 'everyKey', answer: 'MethodNotAllowed' };

const NO_ACLS = 'a fixed answer: MinIO has no ACLs';
const NOT_KEPT = 'MinIO keeps no such setting';
const SOURCE_TOO = 'and `GetObject` on the source';
const ANY_VERSION = 'the action on the object is enough for any of its versions';
const LOCKED_ONLY = 'in a bucket with object lock; in others everybody is told `InvalidRequest`';
const READ_AS_CREATION =
  'MinIO reads it as a `CreateBucket`, and refuses its form before it asks for a right';

/**
 * The levels that may do each operation on MinIO. docs/permissions.md shows this table. test/permissions tries each row
 * on a real MinIO, in this order: a bucket's object lock comes last, because it stays.
 */
export const OPERATION_GROUPS = [
  {
    title: 'Buckets and lists',
    operations: [
      operation('ListBuckets', 'ListAllMyBuckets', 'everyKey', { note: 'shows the names of all buckets' }),
      operation('CreateBucket', 'CreateBucket', 'nobody', {
        note: 'by `create: true` the operator does it; see below',
        ...onBoth('everyKey'),
      }),
      operation('HeadBucket', 'ListBucket', 'readsBucket'),
      operation('GetBucketLocation', 'GetBucketLocation', 'findsBucket'),
      operation('ListObjectsV2', 'ListBucket', 'readsObjects'),
      operation('ListObjects', 'ListBucket', 'readsObjects'),
      operation('ListObjectVersions', 'ListBucketVersions', 'readsObjects'),
      operation('DeleteBucket', 'DeleteBucket', 'unrestricted', { answer: 'BucketNotEmpty' }),
      operation('DeleteBucket, by force', 'ForceDeleteBucket', 'nobody', {
        note: "MinIO's header `x-minio-force-delete`, by which all versions in the bucket go with it",
        ...onBoth('unrestricted', 'BucketNotEmpty'),
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
      operation('GetObjectAcl', 'GetBucketPolicy', 'readsBucket', {
        note: NO_ACLS,
        elsewhere: {
          VersityGW: { audience: 'readsObjects', answer: 'NotImplemented' },
          Ceph: { audience: 'readsObjects' },
        },
      }),
      operation('GetObjectAttributes', 'GetObjectAttributes', 'unrestricted', {
        elsewhere: { Ceph: { audience: 'readsObjects' } },
      }),
      operation('PutObject', 'PutObject', 'addsObjects'),
      operation('PutObject, with tags', 'PutObject', 'addsObjects', {
        note: 'tags that come with the object need no right of their own',
      }),
      operation('PutObject, with an ACL', 'PutObject', 'addsObjects', {
        note: 'MinIO ignores the ACL',
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
        elsewhere: { VersityGW: { audience: 'deletesObjects', answer: 'NotImplemented' } },
      }),
      operation('GetObjectTagging', 'GetObjectTagging', 'unrestricted'),
      operation('PutObjectTagging', 'PutObjectTagging', 'unrestricted'),
      operation('DeleteObjectTagging', 'DeleteObjectTagging', 'unrestricted'),
      operation('PutObjectAcl', 'PutBucketPolicy', 'unrestricted', {
        elsewhere: {
          VersityGW: { audience: 'deletesObjects', answer: 'NotImplemented' },
          Ceph: { audience: 'deletesObjects' },
        },
      }),
      operation('GetObjectRetention', 'GetObjectRetention', 'unrestricted', {
        answer: 'NoSuchObjectLockConfiguration',
        elsewhere: { Ceph: { audience: 'unrestricted', answer: 'ObjectLockConfigurationNotFoundError' } },
      }),
      operation('PutObjectRetention', 'PutObjectRetention', 'unrestricted', { note: LOCKED_ONLY }),
      operation('GetObjectLegalHold', 'GetObjectLegalHold', 'unrestricted', {
        answer: 'NoSuchObjectLockConfiguration',
        elsewhere: { Ceph: { audience: 'unrestricted', answer: 'ObjectLockConfigurationNotFoundError' } },
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
        elsewhere: { VersityGW: NOT_IN_VERSITYGW },
      }),
      operation('PutBucketLifecycleConfiguration', 'PutLifecycleConfiguration', 'writesSettings', {
        elsewhere: { VersityGW: NOT_IN_VERSITYGW },
      }),
      operation('DeleteBucketLifecycle', 'PutLifecycleConfiguration', 'writesSettings', {
        elsewhere: { VersityGW: NOT_IN_VERSITYGW },
      }),
      operation('GetBucketNotificationConfiguration', 'GetBucketNotification', 'readsBucket', {
        elsewhere: { VersityGW: NOT_IN_VERSITYGW },
      }),
      operation('PutBucketNotificationConfiguration', 'PutBucketNotification', 'writesSettings', {
        elsewhere: { VersityGW: NOT_IN_VERSITYGW, Ceph: { audience: 'everyKey', answer: 'InvalidArgument' } },
      }),
      operation('GetBucketReplication', 'GetReplicationConfiguration', 'readsBucket', {
        answer: 'ReplicationConfigurationNotFoundError',
        elsewhere: { VersityGW: NOT_IN_VERSITYGW, Ceph: { audience: 'readsBucket' } },
      }),
      operation('PutBucketReplication', 'PutReplicationConfiguration', 'writesSettings', {
        answer: 'XMinioAdminRemoteTargetNotFoundError',
        note: 'the target has to be set up by an administrator',
        elsewhere: { VersityGW: NOT_IN_VERSITYGW, Ceph: NOT_IN_CEPH },
      }),
      operation('DeleteBucketReplication', 'PutReplicationConfiguration', 'writesSettings', {
        answer: 'XMinioAdminRemoteTargetNotFoundError',
        elsewhere: { VersityGW: NOT_IN_VERSITYGW, Ceph: { audience: 'writesSettings' } },
      }),
      operation('GetBucketPolicy', 'GetBucketPolicy', 'readsBucket', { answer: 'NoSuchBucketPolicy' }),
      operation('PutBucketPolicy', 'PutBucketPolicy', 'unrestricted'),
      operation('GetBucketPolicyStatus', 'GetBucketPolicyStatus', 'unrestricted'),
      operation('DeleteBucketPolicy', 'DeleteBucketPolicy', 'unrestricted'),
      operation('GetBucketAcl', 'GetBucketPolicy', 'readsBucket', { note: NO_ACLS }),
      operation('PutBucketAcl', 'PutBucketPolicy', 'unrestricted', {
        elsewhere: {
          VersityGW: { audience: 'unrestricted', answer: 'AccessControlListNotSupported' },
          Ceph: { audience: 'unrestricted', answer: 'InvalidArgument' },
        },
      }),
      operation('GetBucketCors', 'GetBucketCors', 'readsBucket', {
        answer: 'NoSuchCORSConfiguration',
        note: NOT_KEPT,
      }),
      operation('PutBucketCors', 'PutBucketCors', 'writesBucket', {
        answer: 'NotImplemented',
        note: NOT_KEPT,
        ...onBoth('writesBucket'),
      }),
      operation('DeleteBucketCors', 'DeleteBucketCors', 'unrestricted', {
        answer: 'NotImplemented',
        note: NOT_KEPT,
        ...onBoth('writesBucket'),
      }),
      operation('GetBucketWebsite', 'GetBucketPolicy', 'readsBucket', {
        answer: 'NoSuchWebsiteConfiguration',
        note: NOT_KEPT,
        elsewhere: { Ceph: NOT_IN_CEPH },
      }),
      operation('PutBucketWebsite', undefined, 'everyKey', {
        answer: 'MalformedXML',
        note: READ_AS_CREATION,
        elsewhere: { VersityGW: { audience: 'writesBucket' }, Ceph: NOT_IN_CEPH },
      }),
      operation('DeleteBucketWebsite', undefined, 'everyKey', {
        note: 'does nothing',
        elsewhere: { VersityGW: { audience: 'writesBucket' }, Ceph: NOT_IN_CEPH },
      }),
      operation('GetBucketLogging', 'GetBucketPolicy', 'readsBucket', {
        note: NOT_KEPT,
        elsewhere: { VersityGW: NOT_IN_VERSITYGW },
      }),
      operation('PutBucketLogging', undefined, 'everyKey', {
        answer: 'MalformedXML',
        note: READ_AS_CREATION,
        elsewhere: { VersityGW: NOT_IN_VERSITYGW, Ceph: { audience: 'writesBucket' } },
      }),
      operation('GetBucketEncryption', 'GetEncryptionConfiguration', 'unrestricted', {
        answer: 'ServerSideEncryptionConfigurationNotFoundError',
        elsewhere: { VersityGW: NOT_IN_VERSITYGW },
      }),
      operation('PutBucketEncryption', 'PutEncryptionConfiguration', 'unrestricted', {
        answer: 'NotImplemented',
        note: 'if the server has no KMS',
        elsewhere: { VersityGW: NOT_IN_VERSITYGW, Ceph: { audience: 'unrestricted' } },
      }),
      operation('DeleteBucketEncryption', 'PutEncryptionConfiguration', 'unrestricted', {
        elsewhere: { VersityGW: NOT_IN_VERSITYGW },
      }),
      operation('GetObjectLockConfiguration', 'GetBucketObjectLockConfiguration', 'unrestricted'),
      operation('PutObjectLockConfiguration', 'PutBucketObjectLockConfiguration', 'unrestricted'),
    ],
  },
] as const;

export type OperationName = (typeof OPERATION_GROUPS)[number]['operations'][number]['name'];

export const OPERATIONS: readonly Operation<OperationName>[] = OPERATION_GROUPS.flatMap(
  ({ operations }): readonly Operation<OperationName>[] => operations,
);
