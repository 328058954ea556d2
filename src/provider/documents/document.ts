import type { BucketAccess, PolicyAccess } from '../policy.ts';
import type { ActionTable } from './actions.ts';
import { appendOnlyDenials, isAppendOnly } from './append-only.ts';
import type { PolicyDocument, PolicyStatement } from './statement.ts';

/** Everything that a policy's document follows from, beside the provider's actions. */
export interface DocumentInput extends PolicyAccess {
  readonly mark: string;
  /** True if the key may list the names of all buckets. */
  readonly mayList: boolean;
  /** The actions that the policy denies an unrestricted key on every bucket. */
  readonly noWiping: readonly string[];
}

const ARN = 'arn:aws:s3:::';

/**
 * Returns the policy document of a key. It is deterministic: the same input gives the same document, in the
 * same order. Bucket actions and object actions have separate statements, because a statement's object
 * resource would grant its bucket actions too. Buckets and prefixes must have passed `requestedAccess`. The
 * only `*` are the ones in this file and the one that may end a pattern of `mayCreate`.
 */
export function policyDocument(input: DocumentInput, actions: ActionTable): PolicyDocument {
  const { access, mayList, mayCreate, noWiping } = input;
  const statements: PolicyStatement[] = [];
  const allow = (
    sid: string,
    action: readonly string[],
    resource: readonly string[],
    condition?: PolicyStatement['Condition'],
  ) => {
    if (resource.length === 0) return;
    const Resource = resource.map((name) => `${ARN}${name}`);
    statements.push({
      Sid: sid,
      Effect: 'Allow',
      Action: action,
      Resource,
      ...(condition && { Condition: condition }),
    });
  };
  if (mayList) allow('ListBuckets', actions.listBuckets, ['*']);
  allow('CreateBuckets', actions.createBuckets, mayCreate);
  if (access.kind === 'unrestricted') {
    allow('Unrestricted', actions.unrestricted, ['*']);
    if (noWiping.length > 0)
      statements.push({ Sid: 'NoWiping', Effect: 'Deny', Action: noWiping, Resource: [`${ARN}*`] });
  } else {
    wholeBuckets(
      access.entries.filter((entry) => entry.prefixes.length === 0),
      actions,
      allow,
    );
    prefixes(
      access.entries.filter((entry) => entry.prefixes.length > 0),
      actions,
      allow,
    );
    statements.push(...appendOnlyDenials(access.entries, actions, ARN));
  }
  if (actions.deniedObjects.length > 0) {
    const Resource = actions.deniedObjects.map((pattern) => `${ARN}${pattern}`);
    statements.push({ Sid: 'NoTraversal', Effect: 'Deny', Action: actions.unrestricted, Resource });
  }
  if (actions.denied.length > 0)
    statements.push({ Sid: 'NoSelfService', Effect: 'Deny', Action: actions.denied });
  return { ID: input.mark, Version: '2012-10-17', Statement: statements };
}

type Allow = (
  sid: string,
  action: readonly string[],
  resource: readonly string[],
  condition?: PolicyStatement['Condition'],
) => void;

/**
 * Adds the statements for whole buckets. Each bucket is named only twice, once for its bucket actions and
 * once for its objects, because names take most of a policy's size.
 */
function wholeBuckets(entries: readonly BucketAccess[], actions: ActionTable, allow: Allow): void {
  const { readBucket, readObject, writeBucket, configureBucket, writeObject, appendOnly } = actions;
  const writable = entries.filter((entry) => entry.permissions === 'read_write');
  const beside = actions.writesBesideReads && writable.length < entries.length;
  const readable = entries.filter((entry) => beside || entry.permissions === 'read_only').map(bucketOf);
  const configurable = writable.filter((entry) => entry.settings).map(bucketOf);
  const fixed = writable.filter((entry) => !entry.settings).map(bucketOf);
  const [bucketReads, objectReads] = beside ? [[], []] : [readBucket, readObject];
  allow('ReadBuckets', readBucket, readable);
  allow('ReadObjects', readObject, readable.map(objectsOf));
  allow('WriteBuckets', [...bucketReads, ...writeBucket], fixed);
  allow('ConfigureBuckets', [...bucketReads, ...writeBucket, ...configureBucket], configurable);
  const deleting = writable.filter((entry) => !isAppendOnly(entry)).map(bucketOf);
  allow('WriteObjects', [...objectReads, ...writeObject], deleting.map(objectsOf));
  const adding = writable.filter(isAppendOnly).map(bucketOf);
  allow('AppendObjects', [...objectReads, ...appendOnly.object], adding.map(objectsOf));
}

function bucketOf(entry: BucketAccess): string {
  return entry.bucketName;
}

function objectsOf(bucketName: string): string {
  return `${bucketName}/*`;
}

/**
 * Adds the statements for prefixes, as measured on the real server. They allow listing only with a prefix,
 * and only below the key's own prefixes.
 */
function prefixes(entries: readonly BucketAccess[], actions: ActionTable, allow: Allow): void {
  const objects = (some: readonly BucketAccess[]) =>
    some.flatMap((entry) => entry.prefixes.map((prefix) => `${entry.bucketName}/${prefix}*`));
  allow(
    'LocatePrefixes',
    actions.locateBucket,
    entries.map((entry) => entry.bucketName),
  );
  const sameList = Map.groupBy(entries, (entry) => JSON.stringify(entry.prefixes));
  let number = 0;
  for (const group of sameList.values()) {
    number += 1;
    const patterns = group[0]?.prefixes.map((prefix) => `${prefix}*`) ?? [];
    allow(
      `ListPrefixes${number}`,
      actions.listBucket,
      group.map((entry) => entry.bucketName),
      {
        Null: { 's3:prefix': 'false' },
        'ForAllValues:StringLike': { 's3:prefix': patterns },
      },
    );
  }
  const { readObject, writeObject, appendOnly } = actions;
  const writable = entries.filter((entry) => entry.permissions === 'read_write');
  const deleting = writable.filter((entry) => !isAppendOnly(entry));
  allow('ReadPrefixes', readObject, objects(entries.filter((entry) => entry.permissions === 'read_only')));
  allow('WritePrefixes', [...readObject, ...writeObject], objects(deleting));
  allow('AppendPrefixes', [...readObject, ...appendOnly.object], objects(writable.filter(isAppendOnly)));
}
