import type { ActionTable, ActionTarget, ExtraAction, GuideAction } from '../actions.ts';

type Permission = GuideAction['permission'];

const kept = (permission: Permission, target: ActionTarget, ...names: string[]): GuideAction[] =>
  names.map((name) => ({ name, permission, target, fate: 'kept' }));

const renamed = (name: string, action: string, reason: string): GuideAction => ({
  name,
  permission: 'read_write',
  target: 'bucket',
  fate: 'renamed',
  action,
  reason,
});

const leftOut = (
  permission: Permission,
  target: ActionTarget,
  reason: string,
  ...names: string[]
): GuideAction[] => names.map((name) => ({ name, permission, target, fate: 'leftOut', reason }));

const extra = (permission: Permission, target: ActionTarget, ...names: string[]): ExtraAction[] =>
  names.map((name) => ({ name, permission, target }));

const NO_TORRENT = 'S3 gives no torrents any more, and VersityGW and Ceph never did';
const REPLICATION = 'IAM allows removing a replication rule to whoever may write one';

/** The guide's two lists, which are AWS's own names. VersityGW and Ceph take each of them. */
const GUIDE: readonly GuideAction[] = [
  ...kept('read_only', 'bucket', 'GetBucketAcl', 'GetBucketCORS', 'GetBucketLocation', 'GetBucketLogging'),
  ...kept('read_only', 'bucket', 'GetBucketNotification', 'GetBucketPolicy', 'GetBucketTagging'),
  ...kept('read_only', 'bucket', 'GetBucketVersioning', 'GetBucketWebsite', 'GetLifecycleConfiguration'),
  ...kept('read_only', 'bucket', 'GetReplicationConfiguration', 'ListBucket', 'ListBucketVersions'),
  ...kept('read_only', 'bucket', 'ListBucketMultipartUploads'),
  ...kept('read_only', 'object', 'GetObject', 'GetObjectAcl', 'GetObjectVersion', 'GetObjectVersionAcl'),
  ...kept('read_only', 'object', 'ListMultipartUploadParts'),
  ...leftOut('read_only', 'object', NO_TORRENT, 'GetObjectTorrent', 'GetObjectVersionTorrent'),

  ...kept('read_write', 'bucket', 'DeleteBucketWebsite', 'PutBucketCORS'),
  renamed('DeleteReplicationConfiguration', 'PutReplicationConfiguration', REPLICATION),
  ...kept('read_write', 'bucket', 'PutBucketLogging', 'PutBucketNotification', 'PutBucketTagging'),
  ...kept('read_write', 'bucket', 'PutBucketVersioning', 'PutBucketWebsite', 'PutLifecycleConfiguration'),
  ...kept('read_write', 'bucket', 'PutReplicationConfiguration'),
  ...kept('read_write', 'object', 'AbortMultipartUpload', 'DeleteObject', 'DeleteObjectVersion', 'PutObject'),
  ...kept('read_write', 'object', 'PutObjectAcl', 'PutObjectVersionAcl', 'RestoreObject'),
];

/**
 * The closed list of a store's `extraActions`. Ceph knows no GetEncryptionConfiguration and refuses the
 * policy.
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
const SETTINGS: ReadonlySet<string> = new Set([
  'PutBucketNotification',
  'PutReplicationConfiguration',
  'PutLifecycleConfiguration',
  'PutBucketVersioning',
]);

function named(permission: Permission, target: ActionTarget): string[] {
  const names = GUIDE.filter(
    (action) => action.permission === permission && action.target === target,
  ).flatMap((action) =>
    action.fate === 'leftOut' ? [] : [action.fate === 'renamed' ? action.action : action.name],
  );
  return [...new Set(names)];
}

const spelled = (names: readonly string[]) => names.map((name) => `s3:${name}`);

/** The actions of AWS's S3, as IAM policies spell them. */
export const IAM_ACTIONS: ActionTable = {
  guide: GUIDE,
  extra: EXTRA,
  readBucket: spelled(named('read_only', 'bucket')),
  readObject: spelled(named('read_only', 'object')),
  writeBucket: spelled(named('read_write', 'bucket').filter((name) => !SETTINGS.has(name))),
  configureBucket: spelled(named('read_write', 'bucket').filter((name) => SETTINGS.has(name))),
  writeObject: spelled(named('read_write', 'object')),
  appendOnly: { object: ['s3:AbortMultipartUpload', 's3:PutObject'], denials: [] },
  locateBucket: ['s3:GetBucketLocation'],
  listBucket: ['s3:ListBucket', 's3:ListBucketVersions'],
  listBuckets: ['s3:ListAllMyBuckets'],
  createBuckets: ['s3:CreateBucket'],
  creatingResets: false,
  unrestricted: ['s3:*'],
  wiping: [],
  // A user has no right on itself or on others unless a policy grants it, and s3:* doesn't.
  denied: [],
  // VersityGW checks the name in a DeleteObjects request as it stands, and deletes what the cleaned path
  // names: a key of one bucket deleted objects of others.
  deniedObjects: ['*/../*', '*/..'],
  writesBesideReads: true,
  // AWS's limit for all inline policies of a user together. VersityGW has the same.
  maxPolicyBytes: 2048,
};
