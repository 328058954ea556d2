/** What an action applies to: a statement never mixes the two (an object's ARN would grant bucket actions too). */
export type ActionTarget = 'bucket' | 'object';

/**
 * What becomes, on one provider, of one action of the guide.
 * - `kept`: granted under its own name
 * - `renamed`: granted under the provider's name, `action`
 * - `leftOut`: the provider has no such action, or none that grants only this; `reason` says which
 */
type ActionFate =
  | { readonly fate: 'kept' }
  | { readonly fate: 'renamed'; readonly action: string; readonly reason: string }
  | { readonly fate: 'leftOut'; readonly reason: string };

/** One action of the guide, in the guide's spelling, without `s3:`. */
export type GuideAction = {
  readonly name: string;
  readonly permission: 'read_only' | 'read_write';
  readonly target: ActionTarget;
} & ActionFate;

/** One action that a store may be configured to grant beyond the guide (`extraActions`), in S3's spelling. */
export interface ExtraAction {
  readonly name: string;
  readonly permission: 'read_only' | 'read_write';
  readonly target: ActionTarget;
}

/** One statement that denies, in a bucket that a key may only add to. */
interface AppendOnlyDenial {
  readonly sid: string;
  readonly actions: readonly string[];
  /** What stands behind the bucket's name in each resource. */
  readonly suffixes: readonly string[];
  readonly condition?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/**
 * What a provider's policy engine is to be told, in its own spelling (`s3:…`). Every list follows from `guide`;
 * docs are rendered from it too.
 */
export interface ActionTable {
  readonly guide: readonly GuideAction[];
  /** The closed list of `extraActions`. */
  readonly extra: readonly ExtraAction[];
  /** read_only, on the bucket. */
  readonly readBucket: readonly string[];
  /** read_only, on its objects. */
  readonly readObject: readonly string[];
  /** What read_write adds on the bucket, without its settings. */
  readonly writeBucket: readonly string[];
  /** What read_write adds on the bucket where its settings are granted too. */
  readonly configureBucket: readonly string[];
  /** What read_write adds on the bucket's objects. */
  readonly writeObject: readonly string[];
  /** What stands for `writeObject` where an entry says `deletion: false`. */
  readonly appendOnly: {
    /** What it adds on the bucket's objects to `readObject`. */
    readonly object: readonly string[];
    /** What such a key is denied, since writing would replace what is there. */
    readonly denials: readonly AppendOnlyDenial[];
  };
  /** What of `readBucket` a prefix leaves, without a condition. */
  readonly locateBucket: readonly string[];
  /** What of `readBucket` a prefix leaves, confined to the prefix by a condition. */
  readonly listBucket: readonly string[];
  /** Lists the names of all buckets. */
  readonly listBuckets: readonly string[];
  readonly createBuckets: readonly string[];
  /**
   * True if whoever may create a bucket may also reset one that exists, and with it the bucket's policy, versioning,
   * object lock, lifecycle and tags.
   */
  readonly creatingResets: boolean;
  readonly unrestricted: readonly string[];
  /** What even an unrestricted key is denied: each wipes a whole bucket in one request. */
  readonly wiping: readonly string[];
  /** What every key is denied, so that it can't change itself or make others. */
  readonly denied: readonly string[];
  /**
   * Spellings of objects that every key is denied, as patterns of `bucket/object`. The store checks a policy for the name
   * as it is written and acts on the path that it means, which may be another object or another bucket.
   */
  readonly deniedObjects: readonly string[];
  /** The longest policy that the store takes, in bytes of JSON. */
  readonly maxPolicyBytes: number;
}

/**
 * The table of a store that grants extra actions: they stand beside the permission's own, on buckets or on objects.
 * What isn't in the table's closed list is passed over.
 */
export function withExtraActions(table: ActionTable, names: readonly string[]): ActionTable {
  const added = (permission: ExtraAction['permission'], target: ActionTarget) =>
    table.extra
      .filter((action) => action.permission === permission && action.target === target)
      .filter(({ name }) => names.includes(name))
      .map(({ name }) => `s3:${name}`);
  return {
    ...table,
    readBucket: [...table.readBucket, ...added('read_only', 'bucket')],
    readObject: [...table.readObject, ...added('read_only', 'object')],
    writeBucket: [...table.writeBucket, ...added('read_write', 'bucket')],
    writeObject: [...table.writeObject, ...added('read_write', 'object')],
  };
}
