import type { ActionTable, GuideAction } from '../documents/actions.ts';
import { actionsOf, kept, leftOut } from '../documents/guide-actions.ts';

const NO_TORRENT = 'S3 gives no torrents any more, and VersityGW and Ceph never did';

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
  // AWS asks for PutReplicationConfiguration instead. Ceph asks for this one.
  ...kept('read_write', 'bucket', 'DeleteReplicationConfiguration'),
  ...kept('read_write', 'bucket', 'PutBucketLogging', 'PutBucketNotification', 'PutBucketTagging'),
  ...kept('read_write', 'bucket', 'PutBucketVersioning', 'PutBucketWebsite', 'PutLifecycleConfiguration'),
  ...kept('read_write', 'bucket', 'PutReplicationConfiguration'),
  ...kept('read_write', 'object', 'AbortMultipartUpload', 'DeleteObject', 'DeleteObjectVersion', 'PutObject'),
  ...kept('read_write', 'object', 'PutObjectAcl', 'PutObjectVersionAcl', 'RestoreObject'),
];

/** The actions of AWS's S3, as IAM policies spell them. */
export const IAM_ACTIONS: ActionTable = {
  // Of the extra actions, Ceph knows no GetEncryptionConfiguration and refuses the policy.
  ...actionsOf(GUIDE),
  appendOnly: { object: ['s3:AbortMultipartUpload', 's3:PutObject'], denials: [] },
  creatingResets: false,
  wiping: [],
  // A user has no right on itself or on others unless a policy grants it, and s3:* doesn't.
  denied: [],
  // VersityGW checks the name in a DeleteObjects request as it stands, and deletes what the cleaned path
  // names: a key of one bucket deleted objects of others.
  deniedObjects: ['*/../*', '*/..'],
  writesBesideReads: true,
};
