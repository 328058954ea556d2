/** Random specs and grants that are valid, random requests to a store, and what the documents say may be done. */
import fc from 'fast-check';
import type { AccessKeySpec } from '../../../src/api/schema/accesskey.ts';
import type { Grant } from '../../../src/api/schema/clusterobjectstore.ts';
import { grantOf, specOf } from './accesskey-fixtures.ts';
import type { IamRequest } from './accesskey-iam.ts';

/**
 * The actions of MinIO for the guide's lists, written down once more (facts of the server, not the operator's table).
 */
const READ_BUCKET =
  'GetBucketCors GetBucketLocation GetBucketNotification GetBucketPolicy GetBucketTagging GetBucketVersioning GetLifecycleConfiguration GetReplicationConfiguration ListBucket ListBucketMultipartUploads ListBucketVersions';
const READ_OBJECT = 'GetObject GetObjectVersion ListMultipartUploadParts';
const WRITE_BUCKET = 'PutBucketCors PutBucketTagging';
const SETTINGS =
  'PutBucketNotification PutBucketVersioning PutLifecycleConfiguration PutReplicationConfiguration';
const WRITE_OBJECT = 'AbortMultipartUpload DeleteObject DeleteObjectVersion PutObject RestoreObject';
const ALWAYS_REFUSED =
  'PutBucketPolicy DeleteBucketPolicy DeleteBucket ForceDeleteBucket PutObjectTagging GetObjectTagging PutObjectRetention BypassGovernanceRetention PutBucketObjectLockConfiguration ListenBucketNotification';

const spelled = (names: string) => names.split(' ').map((name) => `s3:${name}`);
const isOneOf = (names: string) => (action: string) => spelled(names).includes(action);
const [readsBucket, readsObject, writesBucket, setsBucket, writesObject] = [
  isOneOf(READ_BUCKET),
  isOneOf(READ_OBJECT),
  isOneOf(WRITE_BUCKET),
  isOneOf(SETTINGS),
  isOneOf(WRITE_OBJECT),
];

/** Names of which one often begins as another does. */
const BUCKETS = ['photos', 'photos-2', 'photo', 'logs', 'shop.a', 'shop.b', 'shop-eu.a'];
export const CREATABLE = [...BUCKETS, 'shop-x', 'new-bucket'];
const PREFIXES = ['2026/', '2026/01/', '2025/', "o'neil(x)=@/", 'a/'];
const PATTERNS = ['*', 'photo*', 'photos', 'logs', '{namespace}.*', 'shop-eu.*', 'shop.a', 'photos-*'];
const OBJECTS = [
  '2026/x',
  '2026/01/x',
  '2026',
  '2026x',
  '2025/',
  'a',
  'a/b',
  'b',
  'x/2026/y',
  '*',
  '?',
  'ü',
  '../photos/x',
  '2026/../a/b',
  '2026/x/..',
  '2026/.',
  '2026/..x/.y',
];

const entry = fc
  .record(
    {
      bucketName: fc.constantFrom(...BUCKETS),
      permissions: fc.constantFrom('none' as const, 'read_only' as const, 'read_write' as const),
      prefixes: fc.uniqueArray(fc.constantFrom(...PREFIXES), { minLength: 1, maxLength: 3 }),
    },
    { requiredKeys: ['bucketName', 'permissions'] },
  )
  .chain((one) =>
    one.permissions === 'read_write'
      ? fc.option(fc.boolean()).map((deletion) => ({ ...one, ...(deletion !== null && { deletion }) }))
      : fc.constant(one),
  );

const spec: fc.Arbitrary<AccessKeySpec> = fc.oneof(
  {
    weight: 1,
    arbitrary: fc.constantFrom(specOf({}), specOf({ limited: false }), specOf({ limited: true })),
  },
  {
    weight: 9,
    arbitrary: fc
      .tuple(
        fc.uniqueArray(entry, { selector: ({ bucketName }) => bucketName, minLength: 1, maxLength: 4 }),
        fc.boolean(),
      )
      .map(([bucketAccess, written]) => specOf({ bucketAccess, ...(written && { limited: true }) })),
  },
);

const grants = fc
  .tuple(
    fc.boolean(),
    fc.array(
      fc.record({
        namespaces: fc.constantFrom<Grant['namespaces']>(
          { all: true },
          { names: ['shop'] },
          { names: ['cart'] },
        ),
        buckets: fc.uniqueArray(fc.constantFrom(...PATTERNS), { maxLength: 3 }),
        permissions: fc.constantFrom('read_only' as const, 'read_write' as const),
        unrestricted: fc.boolean(),
        bucketSettings: fc.boolean(),
      }),
      { maxLength: 3 },
    ),
  )
  // Half of them cover every bucket, so that most requests pass.
  .map(([wide, some]) => [...(wide ? [grantOf({ bucketSettings: false })] : []), ...some.map(grantOf)]);

/** A spec that the CRD takes, with the grants of its store; asked for in namespace `shop`, which has no labels. */
export const requests = fc.record({ spec, grants });

const actions = spelled(
  [READ_BUCKET, READ_OBJECT, WRITE_BUCKET, SETTINGS, WRITE_OBJECT, ALWAYS_REFUSED].join(' '),
);

/** A request to the store, as the server asks its policies. */
export const probes: fc.Arbitrary<IamRequest> = fc
  .record({
    action: fc.oneof(
      fc.constantFrom(...actions),
      fc.constantFrom('s3:ListAllMyBuckets', 's3:CreateBucket', 's3:ListBucket'),
    ),
    bucket: fc.constantFrom(...CREATABLE),
    object: fc.constantFrom(...OBJECTS),
    versionId: fc.constantFrom('', '', 'null', '0f'),
    prefixValues: fc.constantFrom(
      undefined,
      [],
      [''],
      ['2026'],
      ['2026/'],
      ['2026/0'],
      ['a/'],
      ['2026/', 'b'],
    ),
  })
  .map(({ action, bucket, object, prefixValues, versionId }) => ({
    action,
    bucket: action === 's3:ListAllMyBuckets' ? '' : bucket,
    ...(/Object|Parts|Abort/.test(action) && !action.includes('Bucket') && { object, versionId }),
    ...(action.startsWith('s3:ListBucket') && prefixValues && { prefixValues }),
  }));

/** True if the name means another object than it says: no key may use one. */
function climbs({ bucket, object = '' }: IamRequest): boolean {
  return /\/\.\.(?:\/|$)|\/\.$/.test(`${bucket}/${object}`);
}

/** True if the request deletes or replaces what is there, or may: what a key without deletion is denied. */
function replaces({ action, object = '', versionId = '' }: IamRequest): boolean {
  if (action === 's3:PutObject') return versionId !== '' || object === '' || object.endsWith('/');
  return (
    setsBucket(action) ||
    ['s3:CreateBucket', 's3:DeleteObject', 's3:DeleteObjectVersion', 's3:RestoreObject'].includes(action)
  );
}

/**
 * Returns the access that a spec asks for under these grants, as a predicate over requests; undefined if it is
 * refused. It follows docs/permissions.md and docs/reference.md, and shares no code with what is tested.
 */
export function askedFor(
  { limited, bucketAccess }: AccessKeySpec,
  all: readonly Grant[],
): ((request: IamRequest) => boolean) | undefined {
  const mine = all.filter(({ namespaces }) => namespaces.all || namespaces.names?.includes('shop'));
  const covers = ({ buckets }: Grant, bucket: string) =>
    buckets.some((pattern) => {
      const name = pattern.replace('{namespace}', 'shop');
      return name.endsWith('*') ? bucket.startsWith(name.slice(0, -1)) : bucket === name;
    });
  const mayAnything = ({ action, bucket }: IamRequest) =>
    action === 's3:ListAllMyBuckets' ||
    (action === 's3:CreateBucket' &&
      mine.some((grant) => grant.permissions === 'read_write' && covers(grant, bucket)));
  if (!limited && !bucketAccess?.length) {
    return mine.some((grant) => grant.unrestricted) ? (request) => !climbs(request) : undefined;
  }
  if (mine.length === 0) return undefined;
  const wanted = (bucketAccess ?? []).filter(({ permissions }) => permissions !== 'none');
  const covering = (bucket: string, permissions: string) =>
    mine.filter(
      (grant) => covers(grant, bucket) && (permissions === 'read_only' || grant.permissions === 'read_write'),
    );
  if (wanted.some(({ bucketName, permissions }) => covering(bucketName, permissions).length === 0))
    return undefined;
  return (request) => {
    if (climbs(request)) return false;
    const isAppendOnly = wanted.find(({ bucketName }) => bucketName === request.bucket)?.deletion === false;
    if (isAppendOnly && replaces(request)) return false;
    if (mayAnything(request)) return true;
    const { action, bucket, object, prefixValues } = request;
    const asked = wanted.find(({ bucketName }) => bucketName === bucket);
    if (!asked) return false;
    const { permissions, prefixes } = asked;
    const writes = permissions === 'read_write';
    if (readsObject(action) || (writes && writesObject(action))) {
      return !prefixes || prefixes.some((prefix) => object?.startsWith(prefix));
    }
    if (prefixes) {
      if (action === 's3:GetBucketLocation') return true;
      if (action !== 's3:ListBucket' && action !== 's3:ListBucketVersions') return false;
      return prefixValues?.every((value) => prefixes.some((prefix) => value.startsWith(prefix))) ?? false;
    }
    if (readsBucket(action) || (writes && writesBucket(action))) return true;
    return (
      writes && setsBucket(action) && covering(bucket, permissions).some((grant) => grant.bucketSettings)
    );
  };
}
