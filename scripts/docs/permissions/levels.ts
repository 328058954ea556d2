/** The levels of access that docs/permissions.md has a column or a sentence for. A key has one on a bucket. */
export const LEVELS = [
  'none',
  'unnamed',
  'readOnly',
  'readWrite',
  'readWriteNoSettings',
  'appendOnly',
  'unrestricted',
  'readOnlyInside',
  'readOnlyOutside',
  'readWriteInside',
  'appendOnlyInside',
  'readWriteOutside',
] as const;

export type Level = (typeof LEVELS)[number];

const wholeDelete = ['readWrite', 'readWriteNoSettings', 'unrestricted'] as const;
const wholeWrite = [...wholeDelete, 'appendOnly'] as const;
const whole = [...wholeWrite, 'readOnly'] as const;

/** The sets of levels that may do an operation, by name. MinIO refuses the other levels with AccessDenied. */
export const AUDIENCES = {
  /** Every key, even one that is limited to nothing. */
  everyKey: LEVELS,
  unrestricted: ['unrestricted'],
  /** No key, unless the store's administrator gives it (`everyKeyMay`). */
  nobody: [],
  readsBucket: whole,
  /** The rights that a prefix leaves in the whole bucket. */
  findsBucket: [
    ...whole,
    ...([
      'readOnlyInside',
      'readOnlyOutside',
      'readWriteInside',
      'readWriteOutside',
      'appendOnlyInside',
    ] as const),
  ],
  /** Objects, and the list of those below a prefix. */
  readsObjects: [...whole, 'readOnlyInside', 'readWriteInside', 'appendOnlyInside'],
  writesBucket: wholeWrite,
  writesSettings: ['readWrite', 'unrestricted'],
  addsObjects: [...wholeWrite, 'readWriteInside', 'appendOnlyInside'],
  deletesObjects: [...wholeDelete, 'readWriteInside'],
} as const satisfies Record<string, readonly Level[]>;

export type Audience = keyof typeof AUDIENCES;

/** True if a key of that level may do what is for that audience. */
export function isAllowed(level: Level, audience: Audience): boolean {
  return (AUDIENCES[audience] as readonly Level[]).includes(level);
}
