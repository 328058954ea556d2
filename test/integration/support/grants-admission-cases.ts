/** Random grants and requests, and what the operator's own check and plain words say to them. */
import fc from 'fast-check';
import { type Access, requestedAccess } from '../../../src/accesskey/policy/access.ts';
import { evaluateGrants, type NamespaceLabels } from '../../../src/accesskey/policy/grants.ts';
import type { AccessKeySpec } from '../../../src/api/schema/accesskey.ts';
import type { Grant } from '../../../src/api/schema/clusterobjectstore.ts';

/** The part of a spec that the grants cover, without storeRef. */
export type AccessRequest = Pick<AccessKeySpec, 'limited' | 'bucketAccess' | 'deletionPolicy' | 'importFrom'>;

type Part = Pick<AccessRequest, 'limited' | 'bucketAccess'>;

/** The prefixes that are asked for; some lie within others, some only look like it. */
const PREFIXES = ['a/', 'a/b/', 'a/b/c/', 'ab/', 'a.b/', 'b/'];

/** Grants by name, label and to all, with patterns that are near the buckets of `arbitraryAsked`. */
export function arbitraryGrants(namespaces: readonly NamespaceLabels[]): fc.Arbitrary<Grant[]> {
  const labels = fc.subarray(
    [
      ['team', 'red'],
      ['team', 'blue'],
      ['tier', 'gold'],
      ['missing', ''],
    ] as const,
    { minLength: 1 },
  );
  const names = [...namespaces.map(({ name }) => name), 'elsewhere'];
  const patterns = ['*', 'shop*', 'shop-*', 'shop.*', 'shop', 'shop.a', 'shop-a', 'shop-b', 'payroll'];
  const own = ['{namespace}', '{namespace}.*', '{namespace}.a', 'shop-{namespace}', 'shop-{namespace}.*'];
  const grant = fc.record({
    namespaces: fc.oneof(
      fc.constant({ all: true }),
      fc.subarray(names, { minLength: 1 }).map((names) => ({ names })),
      labels.map((pairs) => ({ matchLabels: Object.fromEntries(pairs) })),
    ),
    buckets: fc.subarray([...patterns, ...own], { maxLength: 6 }),
    permissions: fc.constantFrom('read_only' as const, 'read_write' as const),
    unrestricted: rarely,
    allowRetain: rarely,
    allowImport: rarely,
    bucketSettings: fc.boolean(),
  });
  return fc.array(grant, { maxLength: 6 });
}

/** Requests of a namespace, each of which the CRD takes. */
export function arbitraryAccessRequest(namespace: string, other: string): fc.Arbitrary<AccessRequest> {
  const buckets = ['shop', 'shop.a', 'shop-a', 'shop-b', 'shopxa', 'payroll', `shop-${namespace}`];
  const owned = [namespace, `${namespace}.a`, `${namespace}.b`, `${namespace}-a`, `${other}.a`];
  const entry = fc.record(
    {
      permissions: fc.constantFrom('none' as const, 'read_only' as const, 'read_write' as const),
      prefixes: fc.subarray(PREFIXES, { minLength: 1, maxLength: 3 }),
      create: fc.boolean(),
    },
    { requiredKeys: ['permissions'] },
  );
  // The CRD refuses create: true beside none.
  const asCreated = entry.map(({ create, ...of }) =>
    create === undefined || (create && of.permissions === 'none') ? of : { ...of, create },
  );
  const entries = (minLength: number) =>
    fc
      .subarray([...buckets, ...owned].sort(), { minLength, maxLength: 3 })
      .chain((names) =>
        fc.tuple(...names.map((bucketName) => asCreated.map((of) => ({ bucketName, ...of })))),
      );
  const unrestricted: Part[] = [{}, { limited: false }, { limited: false, bucketAccess: [] }];
  const nothing: Part[] = [{ limited: true }, { limited: true, bucketAccess: [] }];
  const access: fc.Arbitrary<Part> = fc.oneof(
    fc.constantFrom(...unrestricted),
    fc.constantFrom(...nothing),
    entries(1).map((bucketAccess): Part => ({ bucketAccess })),
    {
      weight: 5,
      arbitrary: entries(0).map((bucketAccess): Part => ({ limited: true, bucketAccess })),
    },
  );
  const more = fc.record({
    deletionPolicy: rarely.map((asked) => (asked ? ('Retain' as const) : ('Delete' as const))),
    importFrom: rarely.map((asked) => (asked ? { secretName: 'old-pair' } : undefined)),
  });
  return fc.tuple(access, more).map(([access, { deletionPolicy, importFrom }]) => ({
    ...access,
    deletionPolicy,
    ...(importFrom && { importFrom }),
  }));
}

/**
 * The request as a change of an earlier one, undefined where the CRD refuses that whatever is granted.
 * @param sameBuckets whether it is about the earlier one's buckets, where both name some: it then asks for more, less
 * or something else of them
 */
export function asChange(
  before: AccessRequest,
  asked: AccessRequest,
  sameBuckets: boolean,
): AccessRequest | undefined {
  const { importFrom: _, ...wanted } = asked;
  const omitted = asked.limited === undefined && asked.bucketAccess === undefined;
  if (omitted && (before.limited ?? before.bucketAccess !== undefined)) return undefined;
  const [names = [], entries = []] = [
    before.bucketAccess?.map((entry) => entry.bucketName),
    asked.bucketAccess,
  ];
  const renamed = names.flatMap((bucketName, i) => (entries[i] ? [{ ...entries[i], bucketName }] : []));
  return {
    ...wanted,
    ...(before.importFrom && { importFrom: before.importFrom }),
    ...(sameBuckets && renamed.length > 0 && { bucketAccess: renamed }),
  };
}

const rarely = fc.integer({ min: 0, max: 5 }).map((n) => n === 0);

/** Returns the operator's own verdict on a new key: the beginning of its refusal, '' if it grants. */
export function refusalOfNew(
  title: string,
  grants: readonly Grant[],
  namespace: NamespaceLabels,
  asked: AccessRequest,
): string {
  const verdict = evaluateGrants({ title, grants, namespace }, accessOf(asked));
  if (!verdict.granted) return `${verdict.refusal.split(';')[0]};`;
  return refusalOfRest(title, verdict, namespace, undefined, asked);
}

/**
 * Returns the expected refusal of a change. What the object asked for before needs no grant; for what it adds, it is
 * the refusal of the operator's own check of that alone.
 */
export function refusalOfChange(
  title: string,
  grants: readonly Grant[],
  namespace: NamespaceLabels,
  before: AccessRequest,
  asked: AccessRequest,
): string {
  const [old, wanted] = [accessOf(before), accessOf(asked)];
  const check = (access: Access) => evaluateGrants({ title, grants, namespace }, access);
  const added =
    wanted.kind === 'unrestricted'
      ? []
      : wanted.entries.filter(({ bucketName, create }) =>
          old.kind === 'unrestricted'
            ? create
            : [...rights(asked, bucketName)].some((right) => !rights(before, bucketName).has(right)),
        );
  const wide = wanted.kind === 'unrestricted' && old.kind !== 'unrestricted' && !check(wanted).granted;
  const refused = added.filter((entry) => !check({ kind: 'limited', entries: [entry] }).granted);
  const what = wide
    ? 'unrestricted access'
    : refused
        .map(({ permissions, bucketName, create }) =>
          create && permissions === 'read_only'
            ? `read_write on bucket ${bucketName} (create: true needs it)`
            : `${permissions} on bucket ${bucketName}`,
        )
        .join(', ');
  if (what) return `${title} does not grant namespace ${namespace.name} ${what};`;
  return refusalOfRest(title, check(wanted), namespace, before, asked);
}

function refusalOfRest(
  title: string,
  leave: { readonly mayRetain: boolean; readonly mayImport: boolean },
  { name }: NamespaceLabels,
  before: AccessRequest | undefined,
  asked: AccessRequest,
): string {
  if (asked.deletionPolicy === 'Retain' && before?.deletionPolicy !== 'Retain' && !leave.mayRetain) {
    return `${title} does not grant namespace ${name} keys that outlive their AccessKey (deletionPolicy: Retain);`;
  }
  if (asked.importFrom && !before && !leave.mayImport) {
    return `${title} does not grant namespace ${name} to take over existing users (importFrom);`;
  }
  return '';
}

function accessOf(asked: AccessRequest): Access {
  const access = requestedAccess({
    storeRef: { kind: 'ClusterObjectStore', name: 'any' },
    disabled: false,
    ...asked,
  });
  if (typeof access === 'string') throw new Error(access);
  return access;
}

/**
 * All that a limited key gets of a bucket, one by one: objects in and beside each prefix, settings, the bucket itself.
 */
function rights({ bucketAccess = [] }: AccessRequest, bucketName: string): Set<string> {
  const entry = bucketAccess.find((candidate) => candidate.bucketName === bucketName);
  const verbs = { none: [], read_only: ['read'], read_write: ['read', 'write'] }[
    entry?.permissions ?? 'none'
  ];
  const within = (object: string) =>
    !entry?.prefixes || entry.prefixes.some((prefix) => object.startsWith(prefix));
  const objects = ['object', ...PREFIXES.map((prefix) => `${prefix}object`)].filter(within);
  const settings = entry?.prefixes ? [] : ['settings'];
  const creation = entry?.create ? ['create'] : [];
  return new Set([
    ...creation,
    ...verbs.flatMap((verb) => [...objects, ...settings].map((what) => `${verb} ${what}`)),
  ]);
}
