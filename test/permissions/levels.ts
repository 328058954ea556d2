/** AccessKeys and grants for each level of docs/permissions.md. */
import type { Level } from '../../scripts/docs/permissions/levels.ts';
import type { AccessKeySpec } from '../../src/api/schema/accesskey.ts';

/** One level, as an AccessKey has it on one bucket of its own. */
interface LevelSpec {
  /** The bucket's entry in spec.bucketAccess; left out if the bucket isn't named. */
  readonly entry?: {
    readonly permissions: 'none' | 'read_only' | 'read_write';
    readonly prefixes?: readonly string[];
    readonly deletion?: false;
  };
  /** Instead of `entry`: the key isn't limited. */
  readonly unrestricted?: boolean;
  /** False: the grant that covers the bucket says bucketSettings: false. */
  readonly settings?: boolean;
  /** The folder of the bucket in which the operations are tried; ends in `/`, or is empty. */
  readonly folder?: string;
}

const PREFIXES = ['team/'];
const INSIDE = 'team/reports/';
const OUTSIDE = 'other/';

const SPECS: Readonly<Record<Level, LevelSpec>> = {
  none: { entry: { permissions: 'none' } },
  unnamed: {},
  readOnly: { entry: { permissions: 'read_only' } },
  readWrite: { entry: { permissions: 'read_write' } },
  readWriteNoSettings: { entry: { permissions: 'read_write' }, settings: false },
  appendOnly: { entry: { permissions: 'read_write', deletion: false } },
  unrestricted: { unrestricted: true },
  readOnlyInside: { entry: { permissions: 'read_only', prefixes: PREFIXES }, folder: INSIDE },
  readOnlyOutside: { entry: { permissions: 'read_only', prefixes: PREFIXES }, folder: OUTSIDE },
  readWriteInside: { entry: { permissions: 'read_write', prefixes: PREFIXES }, folder: INSIDE },
  appendOnlyInside: {
    entry: { permissions: 'read_write', deletion: false, prefixes: PREFIXES },
    folder: INSIDE,
  },
  readWriteOutside: { entry: { permissions: 'read_write', prefixes: PREFIXES }, folder: OUTSIDE },
};

/** The beginnings of the names of buckets that a store with these grants lets every namespace use. */
export const GRANTED = 'granted-';
export const GRANTED_WITHOUT_SETTINGS = 'plain-';

/** The grants that the levels need of their store. */
export const GRANTS = [
  { namespaces: { all: true }, buckets: [`${GRANTED}*`], permissions: 'read_write', unrestricted: true },
  {
    namespaces: { all: true },
    buckets: [`${GRANTED_WITHOUT_SETTINGS}*`],
    permissions: 'read_write',
    bucketSettings: false,
  },
] as const;

/** The bucket on which that level is tried. */
export function bucketOf(level: Level): string {
  const { settings = true } = SPECS[level];
  const name = level.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return `${settings ? GRANTED : GRANTED_WITHOUT_SETTINGS}${name}`;
}

/** Returns the folder of its bucket in which that level is tried. */
export function folderOf(level: Level): string {
  const { folder = '' } = SPECS[level];
  return folder;
}

type Access = Pick<AccessKeySpec, 'limited' | 'bucketAccess'>;

/** Returns the spec of an AccessKey that has all these levels, each on its own bucket. */
export function accessOf(...levels: readonly Level[]): Access {
  const specs = levels.map((level): [Level, LevelSpec] => [level, SPECS[level]]);
  if (specs.some(([, { unrestricted }]) => unrestricted)) return { limited: false };
  return {
    limited: true,
    bucketAccess: specs.flatMap(([level, { entry }]) => {
      if (entry === undefined) return [];
      const { prefixes, ...rest } = entry;
      return [{ bucketName: bucketOf(level), ...rest, ...(prefixes && { prefixes: [...prefixes] }) }];
    }),
  };
}
