/**
 * The target of an action. A statement never mixes the two, since an object's ARN would grant bucket actions
 * too.
 */
export type ActionTarget = 'bucket' | 'object';

/**
 * The form that one provider gives to one action of the guide.
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

/** One action that a store's configuration may grant beyond the guide (`extraActions`), in S3's spelling. */
export interface ExtraAction {
  readonly name: string;
  readonly permission: 'read_only' | 'read_write';
  readonly target: ActionTarget;
}

/** One statement that denies, in a bucket that a key may only add to. */
interface AppendOnlyDenial {
  readonly sid: string;
  readonly actions: readonly string[];
  /** The part after the bucket's name in each resource. */
  readonly suffixes: readonly string[];
  readonly condition?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/**
 * The actions in a provider's policies, in its own spelling (`s3:…`). Every list follows from `guide`. A
 * generator renders the docs from it, too.
 */
export interface ActionTable {
  readonly guide: readonly GuideAction[];
  /** The closed list of `extraActions`. */
  readonly extra: readonly ExtraAction[];
  /** read_only, on the bucket. */
  readonly readBucket: readonly string[];
  /** read_only, on its objects. */
  readonly readObject: readonly string[];
  /** The actions that read_write adds on the bucket, without its settings. */
  readonly writeBucket: readonly string[];
  /** The actions that read_write adds on the bucket if the key may also write its settings. */
  readonly configureBucket: readonly string[];
  /** The actions that read_write adds on the bucket's objects. */
  readonly writeObject: readonly string[];
  /** The replacement of `writeObject` for an entry with `deletion: false`. */
  readonly appendOnly: {
    /** The actions on the bucket's objects, in addition to `readObject`. */
    readonly object: readonly string[];
    /** The statements that keep such a key from replacing existing objects. */
    readonly denials: readonly AppendOnlyDenial[];
  };
  /** The actions of `readBucket` that a key with a prefix keeps, without a condition. */
  readonly locateBucket: readonly string[];
  /**
   * The actions of `readBucket` that a key with a prefix keeps, with a condition that confines them to it.
   */
  readonly listBucket: readonly string[];
  /** The actions that list the names of all buckets. */
  readonly listBuckets: readonly string[];
  readonly createBuckets: readonly string[];
  /**
   * True if a key that may create a bucket may also reset an existing one. A reset clears the bucket's
   * policy, versioning, object lock, lifecycle and tags.
   */
  readonly creatingResets: boolean;
  readonly unrestricted: readonly string[];
  /** The actions that even an unrestricted key lacks: each wipes a whole bucket in one request. */
  readonly wiping: readonly string[];
  /** The actions that every key lacks, so that it can't change itself or make others. */
  readonly denied: readonly string[];
  /**
   * The spellings of objects that no key may use, as patterns of `bucket/object`. The store checks a policy
   * for the name as written, but acts on the path that it means. That may be another object or another
   * bucket.
   */
  readonly deniedObjects: readonly string[];
  /**
   * True if a policy with both permissions names buckets with read_write in the statements of read_only too,
   * so that it has no list of actions twice. It is shorter, as long as buckets are few.
   */
  readonly writesBesideReads: boolean;
}

/**
 * Returns the table of a store that grants extra actions. They join the permission's own, on buckets or on
 * objects. It ignores names outside the table's closed list.
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
