import type { ActionTable, GuideAction } from '../documents/actions.ts';
import { actionsOf, kept, leftOut, renamed } from '../documents/guide-actions.ts';

const SPELLING = 'MinIO spells it so, and tells upper from lower case';
const READ_AS_POLICY =
  'MinIO has no such action; reading it needs GetBucketPolicy, which read_only has, and gives a fixed answer';
const NO_TORRENT = 'MinIO has no torrents';
const NOT_KEPT = 'MinIO keeps no such setting';
const NO_ACL =
  'MinIO has no object ACLs; its call for them needs PutBucketPolicy, by which a key could widen itself';

/** The longest policy that MinIO takes. */
export const MAX_POLICY_BYTES = 20480;

/**
 * The guide's two lists, and what MinIO makes of each action. MinIO refuses a policy with one unknown action.
 */
const GUIDE: readonly GuideAction[] = [
  ...kept('read_only', 'bucket', 'GetBucketLocation', 'GetBucketNotification', 'GetBucketPolicy'),
  ...kept('read_only', 'bucket', 'GetBucketTagging', 'GetBucketVersioning', 'GetLifecycleConfiguration'),
  ...kept('read_only', 'bucket', 'GetReplicationConfiguration', 'ListBucket', 'ListBucketVersions'),
  ...kept('read_only', 'bucket', 'ListBucketMultipartUploads'),
  ...kept('read_only', 'object', 'GetObject', 'GetObjectVersion', 'ListMultipartUploadParts'),
  renamed('read_only', 'bucket', 'GetBucketCORS', 'GetBucketCors', SPELLING),
  ...leftOut('read_only', 'bucket', READ_AS_POLICY, 'GetBucketAcl', 'GetBucketLogging', 'GetBucketWebsite'),
  ...leftOut('read_only', 'object', READ_AS_POLICY, 'GetObjectAcl', 'GetObjectVersionAcl'),
  ...leftOut('read_only', 'object', NO_TORRENT, 'GetObjectTorrent', 'GetObjectVersionTorrent'),

  ...kept('read_write', 'bucket', 'PutBucketNotification', 'PutBucketTagging', 'PutBucketVersioning'),
  ...kept('read_write', 'bucket', 'PutLifecycleConfiguration', 'PutReplicationConfiguration'),
  ...kept('read_write', 'object', 'AbortMultipartUpload', 'DeleteObject', 'DeleteObjectVersion'),
  ...kept('read_write', 'object', 'PutObject', 'RestoreObject'),
  renamed('read_write', 'bucket', 'PutBucketCORS', 'PutBucketCors', SPELLING),
  renamed(
    'read_write',
    'bucket',
    'DeleteReplicationConfiguration',
    'PutReplicationConfiguration',
    'MinIO lets anybody who may write a replication rule remove it',
  ),
  ...leftOut('read_write', 'bucket', NOT_KEPT, 'DeleteBucketWebsite', 'PutBucketLogging', 'PutBucketWebsite'),
  ...leftOut('read_write', 'object', NO_ACL, 'PutObjectAcl', 'PutObjectVersionAcl'),
];

/**
 * The actions of MinIO as of its last commit (7aac2a2c). The real server has taken or refused each of them.
 */
export const MINIO_ACTIONS: ActionTable = {
  ...actionsOf(GUIDE),
  appendOnly: {
    object: ['s3:AbortMultipartUpload', 's3:PutObject'],
    denials: [
      // An unpacked archive names versions in its entries, which no condition checks. MinIO unpacks it at a
      // name that is empty or ends in a slash.
      { sid: 'NoArchives', actions: ['s3:PutObject'], suffixes: ['/', '/*/'] },
      // A PutObject that names a version replaces it.
      {
        sid: 'NoVersions',
        actions: ['s3:PutObject'],
        suffixes: ['/*'],
        condition: { StringNotEquals: { 's3:versionid': '' } },
      },
      // Resetting a bucket switches its versioning and its object lock off.
      { sid: 'NoResets', actions: ['s3:CreateBucket'], suffixes: [''] },
    ],
  },
  // Its header x-minio-force-create does this, and no policy condition names that header.
  creatingResets: true,
  // With its header x-minio-force-delete, MinIO deletes a bucket with all versions in it.
  wiping: ['s3:ForceDeleteBucket'],
  // With the first, a key could change its own secret and status; with the second, it could make child keys.
  denied: ['admin:CreateUser', 'admin:CreateServiceAccount'],
  // Of all operations, only DeleteObjects takes such names. Each pattern is necessary (escapes.test.ts).
  deniedObjects: ['*/../*', '*/..', '*/.'],
  writesBesideReads: false,
};
