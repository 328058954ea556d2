import type { OperationName } from '../../scripts/docs/permissions/operations.ts';
import type { Call } from './operation.ts';

/** Makes a call to a subresource of the bucket. Most of them differ in its name alone. */
function subresource(
  method: 'GET' | 'PUT' | 'DELETE',
  name: string,
  body?: (bucket: string) => string,
): Call {
  return ({ send }, { bucket }) =>
    send({ method, bucket, query: [[name, '']], ...(body && { body: body(bucket) }) });
}

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
export const SETTING_CALLS = {
  GetBucketTagging: subresource('GET', 'tagging'),
  PutBucketTagging: subresource(
    'PUT',
    'tagging',
    () => '<Tagging><TagSet><Tag><Key>kind</Key><Value>test</Value></Tag></TagSet></Tagging>',
  ),
  DeleteBucketTagging: subresource('DELETE', 'tagging'),

  GetBucketVersioning: subresource('GET', 'versioning'),
  PutBucketVersioning: subresource(
    'PUT',
    'versioning',
    () => '<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>',
  ),

  GetBucketLifecycleConfiguration: subresource('GET', 'lifecycle'),
  PutBucketLifecycleConfiguration: subresource('PUT', 'lifecycle', () => EXPIRY),
  DeleteBucketLifecycle: subresource('DELETE', 'lifecycle'),

  GetBucketNotificationConfiguration: subresource('GET', 'notification'),
  PutBucketNotificationConfiguration: subresource(
    'PUT',
    'notification',
    () => '<NotificationConfiguration></NotificationConfiguration>',
  ),

  GetBucketReplication: subresource('GET', 'replication'),
  PutBucketReplication: subresource('PUT', 'replication', () => REPLICATION),
  DeleteBucketReplication: subresource('DELETE', 'replication'),

  GetBucketPolicy: subresource('GET', 'policy'),
  PutBucketPolicy: subresource('PUT', 'policy', READABLE_BY_ALL),
  GetBucketPolicyStatus: subresource('GET', 'policyStatus'),
  DeleteBucketPolicy: subresource('DELETE', 'policy'),

  GetBucketAcl: subresource('GET', 'acl'),
  PutBucketAcl: subresource('PUT', 'acl', () => ACL),

  GetBucketCors: subresource('GET', 'cors'),
  PutBucketCors: subresource('PUT', 'cors', () => CORS),
  DeleteBucketCors: subresource('DELETE', 'cors'),

  GetBucketWebsite: subresource('GET', 'website'),
  DeleteBucketWebsite: subresource('DELETE', 'website'),
  PutBucketWebsite: subresource(
    'PUT',
    'website',
    () =>
      '<WebsiteConfiguration><IndexDocument><Suffix>index.html</Suffix></IndexDocument></WebsiteConfiguration>',
  ),
  GetBucketLogging: subresource('GET', 'logging'),
  PutBucketLogging: subresource('PUT', 'logging', () => '<BucketLoggingStatus></BucketLoggingStatus>'),

  GetBucketEncryption: subresource('GET', 'encryption'),
  PutBucketEncryption: subresource('PUT', 'encryption', () => ENCRYPTION),
  DeleteBucketEncryption: subresource('DELETE', 'encryption'),

  GetObjectLockConfiguration: subresource('GET', 'object-lock'),
  PutObjectLockConfiguration: subresource(
    'PUT',
    'object-lock',
    () => '<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>',
  ),
} as const satisfies Partial<Record<OperationName, Call>>;
