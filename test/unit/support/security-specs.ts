/** Specs, grants and requests as somebody writes them who wants more than he is given. */
import fc from 'fast-check';
import type { AccessKeySpec } from '../../../src/api/schema/accesskey.ts';
import type { Grant } from '../../../src/api/schema/clusterobjectstore.ts';
import { grantOf } from './accesskey-fixtures.ts';
import type { IamRequest } from './accesskey-iam.ts';
import { askedFor } from './accesskey-requests.ts';

/** The namespace that asks, as accesskey-requests has it, and one whose name begins alike. */
export const TENANT = { name: 'shop', labels: { team: 'shop' } };
const NEIGHBOUR = 'shop-eu';

/** Texts with a meaning in an ARN, a condition, a path, a template or JSON, or that look so. */
// biome-ignore format: a list to read
export const HOSTILE = [
  '*', '**', '?', 'photos*', 'phot?s', '*/*', 'photos/*', 'photos/../payroll', '../payroll', '..', '.', '/', '//', '',
  `\${aws:username}`, `photos/\${aws:username}/`, `\${aws:PrincipalTag/team}`, '$' + '{*}', '{namespace}', '{{ .bucket }}',
  'arn:aws:s3:::payroll', 'arn:aws:s3:::*', ':::payroll', 'photos"', 'photos","payroll', 'photos"],"Effect":"Allow","Resource":["*',
  'photos\n', 'photos\r\npayroll', 'photos\0', 'photos\u2028', 'photos,payroll', 'photos payroll', ' photos', 'photos\t',
  'phótos', 'рayroll', 'PHOTOS', 'photos%2f*', 'photos\\u002a', '\\*', '[*]', 'photos\u200b', 'photos\ud800', '__proto__',
  'constructor', 'toString', '192.168.0.1', 'minio', 'photos.', '.photos', '-photos', 'photos-', 'ph..otos', 'a'.repeat(64),
];

const NAMES = ['photos', 'photos-2', 'photo', 'logs', 'payroll', 'shop.a', 'shop.b', 'shop-eu.a', 'shopping'];
const PREFIXES = ['2026/', '2026/01/', '2025/', "o'neil(x)=@/", 'a/', '-/', '_/', '.../', '.a/', 'a/.b/'];
const PATTERNS = ['*', 'photo*', 'photos', 'logs', '{namespace}.*', '{namespace}.a', 'shop-eu.*', 'photos-*'];
/** Invalid patterns, in a store that was written past the CRD's rules: they grant nothing. */
// biome-ignore format: a list to read
const BAD_PATTERNS = [
  '{namespace}-*', '{namespace}*', '{namespace}{namespace}', '*photos', 'ph*tos', 'photo?', '**', '', `\${aws:username}.*`,
  '{namespace}.*.*', '{NAMESPACE}.*', 'photos/*', '*/*', '*"', '{namespace}-eu.*', 'arn:aws:s3:::*', '\n*', '*\n',
];

/** Any text at all, mostly made of what matters. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...HOSTILE) },
  { weight: 2, arbitrary: fc.string({ unit: fc.constantFrom(...'ab1.-/*?$\\{}":\n,'), maxLength: 10 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 12 }) },
);
const bucketName = fc.oneof(
  { weight: 14, arbitrary: fc.constantFrom(...NAMES) },
  { weight: 1, arbitrary: hostileText },
  { weight: 1, arbitrary: fc.string({ unit: fc.constantFrom(...'abc19.-'), minLength: 3, maxLength: 8 }) },
);
const prefix = fc.oneof(
  { weight: 14, arbitrary: fc.constantFrom(...PREFIXES) },
  { weight: 1, arbitrary: hostileText.map((text) => `${text}/`) },
  { weight: 1, arbitrary: fc.string({ unit: fc.constantFrom(..."aZ0!_.'()/=+@-*"), maxLength: 8 }) },
);
const PERMISSIONS = ['none', 'read_only', 'read_write'];
const permissions = fc.oneof(
  { weight: 30, arbitrary: fc.constantFrom(...PERMISSIONS) },
  { weight: 1, arbitrary: fc.constantFrom('*', 'admin', 'READ_WRITE', '', '__proto__', 'read_write ') },
);
const bucketAccess = fc.array(
  fc.record(
    { bucketName, permissions, prefixes: fc.array(prefix, { maxLength: 3 }) },
    { requiredKeys: ['bucketName', 'permissions'] },
  ),
  { maxLength: 4 },
);
/** Also what no schema lets in: an object may be older than a rule. */
const limited = fc.oneof(
  { weight: 8, arbitrary: fc.constant<unknown>(true) },
  { weight: 2, arbitrary: fc.constantFrom<unknown>(false, undefined) },
  { weight: 1, arbitrary: fc.constantFrom<unknown>(null, 'false', 0, '') },
);

/** The part of a spec that says what a key may do, past the types. */
export const hostileAccess: fc.Arbitrary<Pick<AccessKeySpec, 'limited' | 'bucketAccess'>> = fc
  .record({ limited, bucketAccess }, { requiredKeys: [] })
  .map((spec) => spec as unknown as Pick<AccessKeySpec, 'limited' | 'bucketAccess'>);

export const hostileGrants: fc.Arbitrary<Grant[]> = fc
  .tuple(
    fc.boolean(),
    fc.array(
      fc
        .record({
          namespaces: fc.constantFrom<Grant['namespaces']>(
            { all: true },
            { names: ['shop'] },
            { names: [NEIGHBOUR] },
            { names: [] },
            { matchLabels: { team: 'shop' } },
            { matchLabels: { team: 'shop', env: 'prod' } },
            { matchLabels: {} },
          ),
          buckets: fc.array(fc.constantFrom(...PATTERNS, ...BAD_PATTERNS), { maxLength: 3 }),
          permissions: fc.constantFrom('read_only' as const, 'read_write' as const),
          unrestricted: fc.boolean(),
          bucketSettings: fc.boolean(),
        })
        .map(grantOf),
      { maxLength: 3 },
    ),
  )
  // Half of them cover every bucket, so that many requests pass.
  .map(([wide, some]) => (wide ? [grantOf({ bucketSettings: false }), ...some] : some));

/**
 * Returns the most that this access may be under these grants, in namespace `shop` with the label team=shop; undefined
 * if there should be none. Every text of it means itself.
 */
export function askedAtMost(
  { limited: written, ...spec }: Pick<AccessKeySpec, 'limited' | 'bucketAccess'>,
  grants: readonly Grant[],
): ((request: IamRequest) => boolean) | undefined {
  // Whatever isn't a boolean limits.
  const isLimited = written === undefined || typeof written === 'boolean' ? written : true;
  const mine = grants
    .filter(
      ({ namespaces: { all, names, matchLabels } }) =>
        all || names?.includes('shop') || JSON.stringify(matchLabels) === '{"team":"shop"}',
    )
    .map((grant) => ({
      ...grant,
      namespaces: { all: true },
      buckets: grant.buckets.filter((pattern) => PATTERNS.includes(pattern)),
    }));
  const asked = { ...spec, ...(isLimited !== undefined && { limited: isLimited }) };
  return askedFor(asked as AccessKeySpec, mine);
}

// biome-ignore format: a list to read
const ACTIONS = [
  'GetObject', 'GetObjectVersion', 'PutObject', 'DeleteObject', 'DeleteObjectVersion', 'AbortMultipartUpload',
  'PutObjectRetention', 'BypassGovernanceRetention', 'ListBucket', 'ListBucketVersions', 'ListBucketMultipartUploads',
  'GetBucketLocation', 'GetBucketPolicy', 'PutBucketPolicy', 'PutBucketNotification', 'PutReplicationConfiguration',
  'PutLifecycleConfiguration', 'PutBucketVersioning', 'PutBucketTagging', 'DeleteBucket', 'ForceDeleteBucket',
  'CreateBucket', 'CreateBucket', 'ListAllMyBuckets',
];
const OBJECTS = [
  '2026',
  '2026x',
  '2026/x',
  '2026/01/x',
  '2025/',
  'a',
  'a/b',
  'b/a/',
  'A/b',
  '*',
  '?',
  'ü',
  '.../x',
  '2026/../a',
  '2026/x/..',
  '2026/.',
];

/** Requests close to the edge of what a spec asks for: its own names, names beside them, and their neighbours'. */
export function probesOf(
  { bucketAccess: entries }: Pick<AccessKeySpec, 'bucketAccess'>,
  count: number,
  random: (below: number) => number,
): IamRequest[] {
  const pick = (from: readonly string[]) => from[random(from.length)] ?? '';
  const own = (entries ?? []).map((entry) => entry.bucketName);
  const ownPrefixes = (entries ?? []).flatMap((entry) => entry.prefixes ?? []);
  const bucketOf = () => {
    const name = pick(own.length > 0 && random(4) > 0 ? own : NAMES);
    return [name, name, name, `${name}-2`, `${name}x`, name.slice(0, -1), `x${name}`][random(7)] ?? name;
  };
  const textOf = () => {
    const some = pick(ownPrefixes);
    const texts = [some, `${some}x`, `${some}2026/x`, some.slice(0, -1), some.toUpperCase(), pick(OBJECTS)];
    return texts[random(6)] ?? some;
  };
  return Array.from({ length: count }, () => {
    const action = `s3:${pick(ACTIONS)}`;
    if (action === 's3:ListAllMyBuckets') return { action, bucket: '' };
    const isOfObject = /Object|Abort|Bypass/.test(action);
    const isOfList = action === 's3:ListBucket' || action === 's3:ListBucketVersions';
    // A name that begins with a slash or has an empty part is no object's: the server refuses or cleans it first.
    const object = textOf().replace(/^\/+/, '') || 'x';
    return {
      action,
      bucket: bucketOf(),
      ...(isOfObject && { object: /\/\//.test(object) ? 'x' : object }),
      ...(isOfList && random(4) > 0 && { prefixValues: Array.from({ length: random(3) }, textOf) }),
    };
  });
}

/** Whole numbers below a bound, that follow from a seed alone: Marsaglia's xorshift ("Xorshift RNGs", 2003). */
export function randomOf(start: number): (below: number) => number {
  let state = start | 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return below > 0 ? (state >>> 0) % below : 0;
  };
}
