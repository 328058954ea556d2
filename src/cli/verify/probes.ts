/**
 * Tests that the store allows what it should and nothing else, by requests that change nothing. They ask for
 * objects that don't exist, and send parts to uploads that nobody began. The store checks the right first, so
 * a 404 says that the key has the right, and a 403 that it doesn't.
 */
import type { BucketLevel, Level } from '../keys/permissions.ts';
import type { S3 } from './s3.ts';

type Outcome = 'allowed' | 'denied';

/** One question to the store. */
export interface Question {
  readonly use: 'read' | 'write';
  readonly bucket: string;
  /** The beginning of the object's name; '' for any. */
  readonly prefix: string;
  readonly expected: Outcome;
}

/** A question with the store's answer. */
export interface Answered extends Question {
  /** undefined if the store's answer says neither. */
  readonly found: Outcome | undefined;
  /** True if the store says that there is no such bucket, before it checks any right. */
  readonly absent: boolean;
  /** The store's status. */
  readonly status: number;
}

/** The uses that each level allows. */
const ALLOWS: Readonly<Record<Level, readonly Question['use'][]>> = {
  none: [],
  read_only: ['read'],
  read_write: ['read', 'write'],
  unrestricted: ['read', 'write'],
};
const BOTH = ['read', 'write'] as const;

/**
 * Returns the questions for a key: about each bucket that it names, inside and outside of its prefixes, and
 * about other buckets.
 * @param levels the levels in force by bucket; an unrestricted key has the one entry `*`
 * @param others buckets that the key doesn't name. It must reach none of them, or all if it is unrestricted
 */
export function questionsFor(
  levels: ReadonlyMap<string, BucketLevel>,
  others: readonly string[],
): Question[] {
  const every = levels.get('*');
  const ask = (bucket: string, prefix: string, { level }: Pick<BucketLevel, 'level'>): Question[] =>
    BOTH.map((use) => ({
      use,
      bucket,
      prefix,
      expected: ALLOWS[level].includes(use) ? 'allowed' : 'denied',
    }));
  const named = [...levels].filter(([bucket]) => bucket !== '*');
  return [
    ...named.flatMap(([bucket, level]) => [
      ...(level.prefixes.length === 0 ? [''] : level.prefixes).flatMap((prefix) =>
        ask(bucket, prefix, level),
      ),
      ...(level.prefixes.length === 0 ? [] : ask(bucket, '', { level: 'none' })),
    ]),
    ...others
      .filter((bucket) => !levels.has(bucket))
      .flatMap((bucket) => ask(bucket, '', { level: every?.level ?? 'none' })),
  ];
}

/**
 * Asks the store.
 * @param unique a name that no object has
 * @param tellsAbsent true if the store says that a bucket doesn't exist before it checks a right
 * @throws StoreError if it doesn't answer
 */
export async function askStore(
  s3: S3,
  question: Question,
  unique: string,
  tellsAbsent: boolean,
): Promise<Answered> {
  const path = `/${question.bucket}/${question.prefix}${unique}`;
  const { status, text } =
    question.use === 'read'
      ? await s3.send('GET', path)
      : await s3.send('PUT', path, [
          ['partNumber', '1'],
          ['uploadId', unique],
        ]);
  const found = status === 403 ? 'denied' : status === 404 ? 'allowed' : undefined;
  const absent = tellsAbsent && text.includes('<Code>NoSuchBucket</Code>');
  return { ...question, found, absent, status };
}

/** Returns the names of buckets in the store's list of them. */
export function bucketNames(listing: string): string[] {
  return [...listing.matchAll(/<Bucket>.*?<Name>([^<]+)<\/Name>/gs)].map(([, name = '']) => name);
}
