/** Options of every call. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number;
}

/** The objects of a list or a watch. A missing member selects all of them. */
export interface Selection {
  readonly namespace?: string | undefined;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

/** One page of a list. */
export interface ListQuery extends Selection, CallOptions {
  readonly limit?: number;
  readonly continue?: string | undefined;
  /** "0" takes what the server has in memory, however old. By default, the list is the newest there is. */
  readonly resourceVersion?: string;
  /** The maximum size of an answer, in bytes; a longer one fails with `tooLarge`. Default: no limit. */
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
  /** Makes the server check the request and answer as usual, without storing anything. */
  readonly dryRun?: boolean;
}

/** Options of a merge patch. */
export interface PatchOptions extends WriteOptions {
  readonly subresource?: 'status';
}

/** Options of a delete. */
export interface DeleteOptions extends CallOptions {
  /** Preconditions: the server answers with a Conflict if the object is another one, or has changed. */
  readonly uid?: string;
  readonly resourceVersion?: string;
}
