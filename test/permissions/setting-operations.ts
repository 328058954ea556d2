import type { Audience } from './levels.ts';
import type { Operation, OperationGroup } from './operation.ts';

type Rest = Pick<Operation, 'answer' | 'note'> & { readonly body?: (bucket: string) => string };

/** An operation on a subresource of the bucket: all that differs between most of them is its name. */
function subresource(
  name: string,
  method: 'GET' | 'PUT' | 'DELETE',
  parameter: string,
  action: string | undefined,
  audience: Audience,
  { body, ...rest }: Rest = {},
): Operation {
  return {
    name,
    action,
    audience,
    ...rest,
    call: ({ send }, { bucket }) =>
      send({ method, bucket, query: [[parameter, '']], ...(body && { body: body(bucket) }) }),
  };
}

const NO_TARGET = 'XMinioAdminRemoteTargetNotFoundError';
const NOT_KEPT = 'MinIO keeps no such setting';
const EXPIRY =
  '<LifecycleConfiguration><Rule><ID>test</ID><Status>Enabled</Status><Filter><Prefix>never/</Prefix></Filter><Expiration><Days>3650</Days></Expiration></Rule></LifecycleConfiguration>';
const REPLICATION =
  '<ReplicationConfiguration><Role>arn:minio:replication::test:nowhere</Role><Rule><ID>test</ID><Status>Enabled</Status><Priority>1</Priority><DeleteMarkerReplication><Status>Disabled</Status></DeleteMarkerReplication><Filter><Prefix></Prefix></Filter><Destination><Bucket>arn:aws:s3:::nowhere</Bucket></Destination></Rule></ReplicationConfiguration>';
const CORS =
  '<CORSConfiguration><CORSRule><AllowedMethod>GET</AllowedMethod><AllowedOrigin>*</AllowedOrigin></CORSRule></CORSConfiguration>';
const ENCRYPTION =
  '<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>';
const ACL =
  '<AccessControlPolicy><Owner><ID>test</ID></Owner><AccessControlList><Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"><ID>test</ID></Grantee><Permission>FULL_CONTROL</Permission></Grant></AccessControlList></AccessControlPolicy>';
const READABLE_BY_ALL = (bucket: string) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { AWS: ['*'] },
        Action: ['s3:GetObject'],
        Resource: [`arn:aws:s3:::${bucket}/public/*`],
      },
    ],
  });

// Each setting is read while there is none, then written, then removed: so the answers don't depend on who came before.
const operations: readonly Operation[] = [
  subresource('GetBucketTagging', 'GET', 'tagging', 'GetBucketTagging', 'readsBucket', {
    answer: 'NoSuchTagSet',
  }),
  subresource('PutBucketTagging', 'PUT', 'tagging', 'PutBucketTagging', 'writesBucket', {
    body: () => '<Tagging><TagSet><Tag><Key>kind</Key><Value>test</Value></Tag></TagSet></Tagging>',
  }),
  subresource('DeleteBucketTagging', 'DELETE', 'tagging', 'PutBucketTagging', 'writesBucket'),

  subresource('GetBucketVersioning', 'GET', 'versioning', 'GetBucketVersioning', 'readsBucket'),
  subresource('PutBucketVersioning', 'PUT', 'versioning', 'PutBucketVersioning', 'writesSettings', {
    body: () => '<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>',
  }),

  subresource(
    'GetBucketLifecycleConfiguration',
    'GET',
    'lifecycle',
    'GetLifecycleConfiguration',
    'readsBucket',
    { answer: 'NoSuchLifecycleConfiguration' },
  ),
  subresource(
    'PutBucketLifecycleConfiguration',
    'PUT',
    'lifecycle',
    'PutLifecycleConfiguration',
    'writesSettings',
    { body: () => EXPIRY },
  ),
  subresource('DeleteBucketLifecycle', 'DELETE', 'lifecycle', 'PutLifecycleConfiguration', 'writesSettings'),

  subresource(
    'GetBucketNotificationConfiguration',
    'GET',
    'notification',
    'GetBucketNotification',
    'readsBucket',
  ),
  subresource(
    'PutBucketNotificationConfiguration',
    'PUT',
    'notification',
    'PutBucketNotification',
    'writesSettings',
    { body: () => '<NotificationConfiguration></NotificationConfiguration>' },
  ),

  subresource('GetBucketReplication', 'GET', 'replication', 'GetReplicationConfiguration', 'readsBucket', {
    answer: 'ReplicationConfigurationNotFoundError',
  }),
  subresource('PutBucketReplication', 'PUT', 'replication', 'PutReplicationConfiguration', 'writesSettings', {
    answer: NO_TARGET,
    note: 'the target has to be set up by an administrator',
    body: () => REPLICATION,
  }),
  subresource(
    'DeleteBucketReplication',
    'DELETE',
    'replication',
    'PutReplicationConfiguration',
    'writesSettings',
    { answer: NO_TARGET },
  ),

  subresource('GetBucketPolicy', 'GET', 'policy', 'GetBucketPolicy', 'readsBucket', {
    answer: 'NoSuchBucketPolicy',
  }),
  subresource('PutBucketPolicy', 'PUT', 'policy', 'PutBucketPolicy', 'unrestricted', {
    body: READABLE_BY_ALL,
  }),
  subresource('GetBucketPolicyStatus', 'GET', 'policyStatus', 'GetBucketPolicyStatus', 'unrestricted'),
  subresource('DeleteBucketPolicy', 'DELETE', 'policy', 'DeleteBucketPolicy', 'unrestricted'),

  subresource('GetBucketAcl', 'GET', 'acl', 'GetBucketPolicy', 'readsBucket', {
    note: 'a fixed answer: MinIO has no ACLs',
  }),
  subresource('PutBucketAcl', 'PUT', 'acl', 'PutBucketPolicy', 'unrestricted', {
    body: () => ACL,
  }),

  subresource('GetBucketCors', 'GET', 'cors', 'GetBucketCors', 'readsBucket', {
    answer: 'NoSuchCORSConfiguration',
    note: NOT_KEPT,
  }),
  subresource('PutBucketCors', 'PUT', 'cors', 'PutBucketCors', 'writesBucket', {
    answer: 'NotImplemented',
    note: NOT_KEPT,
    body: () => CORS,
  }),
  subresource('DeleteBucketCors', 'DELETE', 'cors', 'DeleteBucketCors', 'unrestricted', {
    answer: 'NotImplemented',
    note: NOT_KEPT,
  }),

  subresource('GetBucketWebsite', 'GET', 'website', 'GetBucketPolicy', 'readsBucket', {
    answer: 'NoSuchWebsiteConfiguration',
    note: NOT_KEPT,
  }),
  subresource('DeleteBucketWebsite', 'DELETE', 'website', undefined, 'everyKey', {
    note: 'does nothing',
  }),
  subresource('PutBucketWebsite', 'PUT', 'website', undefined, 'everyKey', {
    answer: 'MalformedXML',
    note: 'MinIO reads it as a `CreateBucket`, and refuses its form before it asks for a right',
    body: () =>
      '<WebsiteConfiguration><IndexDocument><Suffix>index.html</Suffix></IndexDocument></WebsiteConfiguration>',
  }),
  subresource('GetBucketLogging', 'GET', 'logging', 'GetBucketPolicy', 'readsBucket', { note: NOT_KEPT }),
  subresource('PutBucketLogging', 'PUT', 'logging', undefined, 'everyKey', {
    answer: 'MalformedXML',
    note: 'MinIO reads it as a `CreateBucket`, and refuses its form before it asks for a right',
    body: () => '<BucketLoggingStatus></BucketLoggingStatus>',
  }),

  subresource('GetBucketEncryption', 'GET', 'encryption', 'GetEncryptionConfiguration', 'unrestricted', {
    answer: 'ServerSideEncryptionConfigurationNotFoundError',
  }),
  subresource('PutBucketEncryption', 'PUT', 'encryption', 'PutEncryptionConfiguration', 'unrestricted', {
    answer: 'NotImplemented',
    note: 'where the server has no KMS',
    body: () => ENCRYPTION,
  }),
  subresource('DeleteBucketEncryption', 'DELETE', 'encryption', 'PutEncryptionConfiguration', 'unrestricted'),

  subresource(
    'GetObjectLockConfiguration',
    'GET',
    'object-lock',
    'GetBucketObjectLockConfiguration',
    'unrestricted',
  ),
  subresource(
    'PutObjectLockConfiguration',
    'PUT',
    'object-lock',
    'PutBucketObjectLockConfiguration',
    'unrestricted',
    {
      body: () =>
        '<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>',
    },
  ),
];

export const SETTINGS: OperationGroup = { title: 'Settings of a bucket', operations };
