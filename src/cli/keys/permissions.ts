/** The permissions of a key, bucket by bucket: as asked, as in force, in words, and as S3 actions. */

import type { Access } from '../../accesskey/policy/access.ts';
import { requestedAccess } from '../../accesskey/policy/access.ts';
import type { AccessKey, EffectivePermission } from '../../api/schema/accesskey.ts';
import { APPEND_ONLY } from './entries.ts';

/** A level as the API writes it; `none` for a bucket that the key can't use. */
export type Level = EffectivePermission['permissions'];

/** A level of access to one bucket. */
export interface BucketLevel {
  readonly level: Level;
  readonly prefixes: readonly string[];
  /** False: the key deletes nothing there. */
  readonly deletion?: false;
}

/** One bucket, or `*` for every bucket. */
export interface PermissionRow {
  readonly bucketName: string;
  readonly asked: BucketLevel;
  readonly inForce: BucketLevel;
}

const NOTHING: BucketLevel = { level: 'none', prefixes: [] };
const EVERYTHING: BucketLevel = { level: 'unrestricted', prefixes: [] };

/** The name that stands for every bucket. */
export const EVERY_BUCKET = '*';

/** Returns every bucket that a key asks for or may use, sorted; `*` comes first. */
export function permissionRows({ spec, status }: AccessKey): PermissionRow[] {
  const asked = askedLevels(spec);
  const inForce = new Map(
    (status?.permissions ?? []).map(({ bucketName, permissions, prefixes = [], deletion }) => [
      bucketName,
      { level: permissions, prefixes, ...(deletion === false && { deletion }) },
    ]),
  );
  return [...new Set([...asked.keys(), ...inForce.keys()])].sort().map((bucketName) => ({
    bucketName,
    asked: asked.get(bucketName) ?? NOTHING,
    inForce: inForce.get(bucketName) ?? NOTHING,
  }));
}

/**
 * Returns what a spec asks for, by bucket, entries with `none` included. A spec that no rule reads asks for
 * nothing.
 */
export function askedLevels(spec: AccessKey['spec']): Map<string, BucketLevel> {
  const access = requestedAccess(spec);
  if (typeof access === 'string') return new Map();
  if (access.kind === 'unrestricted') return new Map([[EVERY_BUCKET, EVERYTHING]]);
  const named = (spec.bucketAccess ?? []).map(({ bucketName }) => [bucketName, NOTHING] as const);
  return new Map([...named, ...accessLevels(access)]);
}

/** Returns an access as the operator's rules have it, by bucket. */
export function accessLevels(access: Access): Map<string, BucketLevel> {
  if (access.kind === 'unrestricted') return new Map([[EVERY_BUCKET, EVERYTHING]]);
  return new Map(
    access.entries.map(({ bucketName, permissions, prefixes, deletion }) => [
      bucketName,
      { level: permissions, prefixes, ...(deletion === false && { deletion }) },
    ]),
  );
}

/** Returns what the status says is in force, in the shape that the operator's own rules take. */
export function accessInForce({ status }: AccessKey): Access {
  const entries = [];
  for (const { bucketName, permissions, prefixes = [], deletion } of status?.permissions ?? []) {
    if (permissions === 'unrestricted') return { kind: 'unrestricted' };
    if (permissions !== 'none')
      entries.push({ bucketName, permissions, prefixes, ...(deletion === false && { deletion }) });
  }
  return { kind: 'limited', entries };
}

/** True if two levels allow the same. */
export function sameLevel(a: BucketLevel, b: BucketLevel): boolean {
  return (
    a.level === b.level &&
    a.deletion === b.deletion &&
    a.prefixes.toSorted().join() === b.prefixes.toSorted().join()
  );
}

/** Returns a level with its prefixes, as a column shows it: `read_only 2026/,2027/`. */
export function levelText({ level, prefixes, deletion }: BucketLevel): string {
  const name = deletion === false ? APPEND_ONLY : level;
  return prefixes.length === 0 ? name : `${name} ${prefixes.join(',')}`;
}

/** Says what a level allows, in words. */
export function inWords({ level, prefixes, deletion }: BucketLevel): string {
  if (level === 'none') return 'nothing; the name still shows in the list of buckets';
  if (level === 'unrestricted') return 'everything, in every bucket of the store';
  const writing =
    deletion === false ? 'read, list and add objects, delete none' : 'read, list, write and delete objects';
  const objects = level === 'read_only' ? 'read and list objects' : writing;
  if (prefixes.length > 0) return `${objects} below ${prefixes.join(', ')}; none of the bucket's settings`;
  return level === 'read_only' || deletion === false
    ? `${objects}, read the bucket's settings`
    : `${objects}, read the bucket's settings, write those that the store grants`;
}
