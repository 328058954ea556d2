/** Options of every call. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number;
}

/** The objects that a list or a watch is about; without a member, all of them. */
export interface Selection {
  readonly namespace?: string | undefined;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

/** One page of a list. */
export interface ListQuery extends Selection, CallOptions {
  readonly limit?: number;
  readonly continue?: string | undefined;
  /** "0" takes what the server has in memory, however old; left out, the list is the newest there is. */
  readonly resourceVersion?: string;
  /** The longest answer that is read, in bytes; a longer one fails with `tooLarge`. Default: any. */
  readonly maxBytes?: number;
}

/** The answer to a list. */
export interface KubeList<T> {
  readonly items: readonly T[];
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
}

/** Options of a call that writes. */
export interface WriteOptions extends CallOptions {
  readonly fieldManager?: string;
  /** The server checks and answers as if, and keeps nothing. */
  readonly dryRun?: boolean;
}

/** Options of a merge patch. */
export interface PatchOptions extends WriteOptions {
  readonly subresource?: 'status';
}

/** Options of a delete. */
export interface DeleteOptions extends CallOptions {
  /** The deletion is refused (Conflict) where the object isn't this one, or has changed. */
  readonly uid?: string;
  readonly resourceVersion?: string;
}
