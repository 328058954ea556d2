import { parseDurationMs } from '../../api/duration.ts';
import { type BucketRange, coversBucket, parseGrantPattern } from '../../api/grant-pattern.ts';
import type { Grant } from '../../api/schema/clusterobjectstore.ts';
import type { BucketAccess, GrantedAccess } from '../../provider/policy.ts';
import type { Access, Entry } from './access.ts';

/** The namespace that asks, with its labels. */
export interface NamespaceLabels {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** A store's grants, as one namespace asks for them. */
export interface NamespaceGrants {
  /** The store's title, for refusals. */
  readonly title: string;
  readonly grants: readonly Grant[];
  readonly namespace: NamespaceLabels;
}

/** A granted entry. */
type GrantedEntry = Entry & BucketAccess;

/**
 * The answer of a store's grants to a request. `mayCreate` has the bucket names that the namespace is granted
 * as read_write, sorted: names, or patterns that end in `*`. `refusal` is the sentence for the author of the
 * request.
 */
export type Verdict =
  | ({ readonly granted: true; readonly access: GrantedAccess } & Permits)
  | ({ readonly granted: false; readonly refusal: string } & Permits);

/** The verdict that grants what a request asks for. */
export type GrantingVerdict = Extract<Verdict, { granted: true }>;

/** The rights that a namespace is granted beside access to buckets. */
interface Permits {
  readonly mayCreate: readonly string[];
  /** True if its keys may outlive their AccessKey. */
  readonly mayRetain: boolean;
  /** True if its keys may take over existing users. */
  readonly mayImport: boolean;
}

/**
 * The minimum of maxAge in ms, even if a grant from before a rule says less. Otherwise the operator would
 * replace pairs without end.
 */
const MIN_MAX_AGE_MS = 2 * 3_600_000;

/**
 * Checks a request against the grants of a store. The grants that match the namespace must cover every entry.
 * If none matches, it refuses everything.
 */
export function evaluateGrants({ title, grants, namespace }: NamespaceGrants, access: Access): Verdict {
  const matching = grants.filter((grant) => matchesNamespace(grant, namespace));
  const rules = matching.map((grant): Rule => ({ grant, ranges: rangesOf(grant, namespace.name) }));
  const writable = rules.filter(({ grant }) => grant.permissions === 'read_write');
  const mayCreate = withoutCovered(writable.flatMap(({ ranges }) => ranges));
  const permits: Permits = {
    mayCreate,
    mayRetain: matching.some((grant) => grant.allowRetain),
    mayImport: matching.some((grant) => grant.allowImport),
  };
  const refuse = (what: string): Verdict => ({
    granted: false,
    ...permits,
    refusal: `${title} does not grant namespace ${namespace.name} ${what}; ${offer(rules)}`,
  });
  if (access.kind === 'unrestricted') {
    return matching.some((grant) => grant.unrestricted)
      ? { granted: true, access, ...permits }
      : refuse('unrestricted access');
  }
  if (matching.length === 0) return refuse('any access');
  const entries: GrantedEntry[] = [];
  const uncovered: string[] = [];
  for (const entry of access.entries) {
    const covering = rules.filter((rule) => covers(rule, entry));
    if (covering.length === 0) uncovered.push(asked(entry));
    entries.push({ ...entry, settings: mayWriteSettings(entry, covering) });
  }
  return uncovered.length > 0
    ? refuse(listed(uncovered))
    : { granted: true, access: { kind: 'limited', entries }, ...permits };
}

function covers({ grant, ranges }: Rule, entry: Entry): boolean {
  const isEnough = neededPermission(entry) === 'read_only' || grant.permissions === 'read_write';
  return isEnough && ranges.some((range) => coversBucket(range, entry.bucketName));
}

/** True if the entry gives the whole bucket, and a grant that covers it includes the bucket's settings. */
function mayWriteSettings({ permissions, deletion, prefixes }: Entry, covering: readonly Rule[]): boolean {
  const isWhole = permissions === 'read_write' && deletion !== false && prefixes.length === 0;
  return isWhole && covering.some(({ grant }) => grant.bucketSettings);
}

/** Returns the permission that an entry needs. Creating a bucket needs the same grant as writing to it. */
function neededPermission({ permissions, create }: Entry): Entry['permissions'] {
  return create ? 'read_write' : permissions;
}

function asked(entry: Entry): string {
  const needed = neededPermission(entry);
  const why = needed === entry.permissions ? '' : ' (create: true needs it)';
  return `${needed} on bucket ${entry.bucketName}${why}`;
}

/**
 * Returns the maximum age of a pair of the namespace's keys, in ms; undefined if no grant sets one. The
 * smallest of all grants that match the namespace counts, independent of their buckets. A value that the
 * operator can't read counts as the minimum.
 */
export function maxAgeMs({ grants, namespace }: Omit<NamespaceGrants, 'title'>): number | undefined {
  const ages = grants
    .filter((grant) => grant.maxAge !== undefined && matchesNamespace(grant, namespace))
    .map((grant) => grant.maxAge ?? '')
    .map((text) => Math.max(parseDurationMs(text) ?? 0, MIN_MAX_AGE_MS));
  return ages.length === 0 ? undefined : Math.min(...ages);
}

interface Rule {
  readonly grant: Grant;
  readonly ranges: readonly BucketRange[];
}

/** Returns the ranges of a grant. A pattern that the operator can't read covers nothing. */
function rangesOf(grant: Grant, namespace: string): BucketRange[] {
  return grant.buckets
    .map((pattern) => parseGrantPattern(pattern, namespace))
    .filter((range) => range !== undefined);
}

/** Returns the ranges that no other range covers, as sorted patterns, because a policy's size is limited. */
function withoutCovered(ranges: readonly BucketRange[]): string[] {
  const open = ranges.filter((range) => range.open);
  const covered = (range: BucketRange) =>
    open.some((other) => range.name.startsWith(other.name) && spelled(other) !== spelled(range));
  return [...new Set(ranges.filter((range) => !covered(range)).map(spelled))].sort();
}

function spelled({ name, open }: BucketRange): string {
  return open ? `${name}*` : name;
}

/** True if a grant is for that namespace. */
export function matchesNamespace(grant: Grant, namespace: NamespaceLabels): boolean {
  const { all, names, matchLabels } = grant.namespaces;
  if (all === true) return true;
  if (names !== undefined) return names.includes(namespace.name);
  const wanted = Object.entries(matchLabels ?? {});
  return wanted.length > 0 && wanted.every(([key, value]) => namespace.labels[key] === value);
}

function offer(rules: readonly Rule[]): string {
  if (rules.length === 0) return 'none of its grants names this namespace: ask its administrator for one';
  const offers = rules.flatMap(({ grant, ranges }) => [
    ...(grant.unrestricted ? ['unrestricted access'] : []),
    ...(ranges.length > 0 ? [`${grant.permissions} on ${listed(ranges.map(spelled))}`] : []),
  ]);
  return `it grants ${offers.length > 0 ? listed([...new Set(offers)]) : 'no bucket'}`;
}

/** Returns at most ten of the items in full, because a status's message is limited. */
function listed(items: readonly string[]): string {
  const shown = items.slice(0, 10).join(', ');
  return items.length > 10 ? `${shown} and ${items.length - 10} more` : shown;
}
