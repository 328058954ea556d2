import type { ActionTable, ActionTarget, ExtraAction, GuideAction } from './actions.ts';

type Permission = GuideAction['permission'];

/** Returns actions of the guide that a provider grants under their own names. */
export function kept(permission: Permission, target: ActionTarget, ...names: string[]): GuideAction[] {
  return names.map((name) => ({ name, permission, target, fate: 'kept' }));
}

/** Returns an action of the guide that a provider grants under the name `action`. */
export function renamed(
  permission: Permission,
  target: ActionTarget,
  name: string,
  action: string,
  reason: string,
): GuideAction {
  return { name, permission, target, fate: 'renamed', action, reason };
}

/** Returns actions of the guide that a provider can't grant, all for one reason. */
export function leftOut(
  permission: Permission,
  target: ActionTarget,
  reason: string,
  ...names: string[]
): GuideAction[] {
  return names.map((name) => ({ name, permission, target, fate: 'leftOut', reason }));
}

const extra = (permission: Permission, target: ActionTarget, ...names: string[]): ExtraAction[] =>
  names.map((name) => ({ name, permission, target }));

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
  's3:DeleteReplicationConfiguration',
  's3:PutLifecycleConfiguration',
  's3:PutBucketVersioning',
];

function granted(guide: readonly GuideAction[], permission: Permission, target: ActionTarget): string[] {
  const names = guide
    .filter((action) => action.permission === permission && action.target === target)
    .flatMap((action) => {
      if (action.fate === 'leftOut') return [];
      return [`s3:${action.fate === 'renamed' ? action.action : action.name}`];
    });
  return [...new Set(names)];
}

/** Returns the part of a table that follows from what a provider makes of the guide, and S3's own names. */
export function actionsOf(guide: readonly GuideAction[]) {
  const writeBucket = granted(guide, 'read_write', 'bucket');
  return {
    guide,
    extra: EXTRA,
    readBucket: granted(guide, 'read_only', 'bucket'),
    readObject: granted(guide, 'read_only', 'object'),
    writeBucket: writeBucket.filter((action) => !SETTINGS.includes(action)),
    configureBucket: writeBucket.filter((action) => SETTINGS.includes(action)),
    writeObject: granted(guide, 'read_write', 'object'),
    locateBucket: ['s3:GetBucketLocation'],
    listBucket: ['s3:ListBucket', 's3:ListBucketVersions'],
    listBuckets: ['s3:ListAllMyBuckets'],
    createBuckets: ['s3:CreateBucket'],
    unrestricted: ['s3:*'],
  } satisfies Partial<ActionTable>;
}
