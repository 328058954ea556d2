/** One page of a list; `resourceVersion` is that of the whole list. */
export interface Page<Raw> {
  readonly items: readonly Raw[];
  readonly resourceVersion: string;
  /** The token of the next page, where there is one. */
  readonly continue?: string | undefined;
}

/** What a watch shows. A bookmark says only how far it has come. */
export type WatchEvent<Raw> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: Raw }
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string };

interface ListOptions {
  /** The most items of one page; all of them where it is left out. */
  readonly limit?: number;
  readonly continue?: string | undefined;
  readonly signal: AbortSignal;
}

interface WatchOptions {
  /** The version after which to begin. */
  readonly resourceVersion: string;
  /** When the server is to end the watch. */
  readonly timeoutSeconds: number;
  /** The watch fails when nothing has arrived for this long. */
  readonly idleTimeoutMs: number;
  readonly signal: AbortSignal;
}

/** Where a reflector gets its objects. */
export interface ListWatch<Raw> {
  list(options: ListOptions): Promise<Page<Raw>>;
  /** Ends when the server ends it; throws when it fails in any other way. Bookmarks are asked for. */
  watch(options: WatchOptions): AsyncIterable<WatchEvent<Raw>>;
  /** Whether the failure means that the version or the token is of no use any more, and only a new list helps. */
  isExpired(error: unknown): boolean;
  /** True if a page was longer than it may be: fewer items are to be asked for. */
  isTooLarge(error: unknown): boolean;
  /** Whether the failure is only that nothing has arrived in time, which on a quiet resource is no fault. */
  isSilent(error: unknown): boolean;
}
