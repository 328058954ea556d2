/** The policy of an AccessKey, in words that hold for every store. Each provider has its own form for it. */

/** The access to one bucket. A bucket without access has no entry. */
export interface BucketAccess {
  readonly bucketName: string;
  readonly permissions: 'read_only' | 'read_write';
  /** The beginnings of the names of the objects that the key may use. Without any it is the whole bucket. */
  readonly prefixes: readonly string[];
  /** False if the key deletes nothing there and replaces no version. */
  readonly deletion?: false;
  /** True if the key may write the settings that reach beyond it, such as the bucket's lifecycle. */
  readonly settings: boolean;
}

/** The access to buckets, as asked for and covered by the store's grants. Entries and prefixes are sorted. */
export type GrantedAccess =
  | { readonly kind: 'unrestricted' }
  | { readonly kind: 'limited'; readonly entries: readonly BucketAccess[] };

/** The rights of every key of a store beside its buckets. */
export interface OrdinaryRights {
  readonly listBuckets: boolean;
  /**
   * True if keys may create buckets. If creating resets a bucket (`Capabilities.creatingResets`), the
   * administrator must have written that as well.
   */
  readonly createBuckets: boolean;
}

/** The part of a policy that says which buckets it is about. */
export interface PolicyAccess {
  readonly access: GrantedAccess;
  /** The bucket names that the key may create: names, or beginnings that end in `*`. */
  readonly mayCreate: readonly string[];
}

/** The one policy of an AccessKey. All of its users have it. */
export interface Policy extends PolicyAccess {
  /** The operator's record of whose it is. The store keeps it unchanged. */
  readonly mark: string;
  readonly everyKeyMay: OrdinaryRights;
  /** The extra actions that this store's permissions include, in S3's spelling. */
  readonly extraActions: readonly string[];
}

/** A policy as a store keeps it. Only its provider's `PolicyForm` understands the content. */
export interface StoredPolicy {
  /** '' if it has none. */
  readonly mark: string;
  readonly content: Readonly<Record<string, unknown>>;
}

/**
 * The form that a kind of store gives to policies. It asks no store, so that plans, checks and the command
 * line follow from it.
 */
export interface PolicyForm {
  /** Returns the policy as the store would show it. */
  render(policy: Policy): StoredPolicy;
  /** Returns its size as the operator sends it, in bytes; 0 for a store without policy documents. */
  sizeOf(policy: StoredPolicy): number;
  /** Returns a digest of all of it. Two are equal if and only if the policies allow and say the same. */
  digestOf(policy: StoredPolicy): string;
  /**
   * Reads back what a stored policy allows. Returns undefined unless it is, to the last action, one that
   * `render` makes or an earlier version made: somebody's edit never counts as granted.
   */
  read(policy: StoredPolicy): PolicyAccess | undefined;
  /**
   * Reads back what a stored policy names, even if somebody edited it. It proves nothing. Use it to take
   * rights away, never to give them.
   */
  statedIn(policy: StoredPolicy): PolicyAccess;
  /** True if `inner` allows nothing that `outer` doesn't. False too if that can't be told. */
  isWithin(inner: StoredPolicy, outer: StoredPolicy): boolean;
  /** Returns the S3 actions that it allows on a bucket and on objects in it, sorted, with `s3:`. */
  actionsOn(
    policy: StoredPolicy,
    bucketName: string,
  ): { readonly bucket: readonly string[]; readonly objects: readonly string[] };
  /** Returns the policy as its store's own tools show it, for people. */
  shown(policy: StoredPolicy): object;
}
