import type { ActionTable, ActionTarget, ExtraAction, GuideAction } from '../actions.ts';

type Permission = GuideAction['permission'];

const kept = (permission: Permission, target: ActionTarget, ...names: string[]): GuideAction[] =>
  names.map((name) => ({ name, permission, target, fate: 'kept' }));

const renamed = (
  permission: Permission,
  target: ActionTarget,
  name: string,
  action: string,
  reason: string,
): GuideAction => ({ name, permission, target, fate: 'renamed', action, reason });

const leftOut = (
  permission: Permission,
  target: ActionTarget,
  reason: string,
  ...names: string[]
): GuideAction[] => names.map((name) => ({ name, permission, target, fate: 'leftOut', reason }));

const extra = (permission: Permission, target: ActionTarget, ...names: string[]): ExtraAction[] =>
  names.map((name) => ({ name, permission, target }));

const SPELLING = 'MinIO spells it so, and tells upper from lower case';
const READ_AS_POLICY =
  'MinIO has no such action; reading it needs GetBucketPolicy, which read_only has, and gives a fixed answer';
const NO_TORRENT = 'MinIO has no torrents';
const NOT_KEPT = 'MinIO keeps no such setting';
const NO_ACL =
  'MinIO has no object ACLs; its call for them needs PutBucketPolicy, by which a key could widen itself';

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
    'MinIO allows removing a replication rule to whoever may write one',
  ),
  ...leftOut('read_write', 'bucket', NOT_KEPT, 'DeleteBucketWebsite', 'PutBucketLogging', 'PutBucketWebsite'),
  ...leftOut('read_write', 'object', NO_ACL, 'PutObjectAcl', 'PutObjectVersionAcl'),
];

/**
 * The closed list of a store's `extraActions`. None lets a key widen itself or protect objects against
 * deletion.
 */
const EXTRA: readonly ExtraAction[] = [
  ...extra('read_only', 'object', 'GetObjectTagging', 'GetObjectVersionTagging', 'GetObjectAttributes'),
  ...extra('read_only', 'object', 'GetObjectVersionAttributes', 'GetObjectRetention', 'GetObjectLegalHold'),
  ...extra('read_only', 'bucket', 'GetBucketObjectLockConfiguration', 'GetEncryptionConfiguration'),
  ...extra('read_write', 'object', 'PutObjectTagging', 'DeleteObjectTagging'),
];

/**
 * The settings of a bucket that reach beyond the key: where its objects go, when they go, who hears of them.
 */
const SETTINGS: readonly string[] = [
  's3:PutBucketNotification',
  's3:PutReplicationConfiguration',
  's3:PutLifecycleConfiguration',
  's3:PutBucketVersioning',
];

function granted(permission: Permission, target: ActionTarget): string[] {
  const names = GUIDE.filter(
    (action) => action.permission === permission && action.target === target,
  ).flatMap((action) => {
    if (action.fate === 'leftOut') return [];
    return [`s3:${action.fate === 'renamed' ? action.action : action.name}`];
  });
  return [...new Set(names)];
}

/**
 * The actions of MinIO as of its last commit (7aac2a2c). The real server has taken or refused each of them.
 */
export const MINIO_ACTIONS: ActionTable = {
  guide: GUIDE,
  extra: EXTRA,
  readBucket: granted('read_only', 'bucket'),
  readObject: granted('read_only', 'object'),
  writeBucket: granted('read_write', 'bucket').filter((action) => !SETTINGS.includes(action)),
  configureBucket: granted('read_write', 'bucket').filter((action) => SETTINGS.includes(action)),
  writeObject: granted('read_write', 'object'),
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
  locateBucket: ['s3:GetBucketLocation'],
  listBucket: ['s3:ListBucket', 's3:ListBucketVersions'],
  listBuckets: ['s3:ListAllMyBuckets'],
  createBuckets: ['s3:CreateBucket'],
  // Its header x-minio-force-create does this, and no policy condition names that header.
  creatingResets: true,
  unrestricted: ['s3:*'],
  // With its header x-minio-force-delete, MinIO deletes a bucket with all versions in it.
  wiping: ['s3:ForceDeleteBucket'],
  // With the first, a key could change its own secret and status; with the second, it could make child keys.
  denied: ['admin:CreateUser', 'admin:CreateServiceAccount'],
  // Of all operations, only DeleteObjects takes such names. Each pattern is necessary (escapes.test.ts).
  deniedObjects: ['*/../*', '*/..', '*/.'],
  writesBesideReads: false,
  maxPolicyBytes: 20480,
};
