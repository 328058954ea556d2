/** One page of a list; `resourceVersion` is that of the whole list. */
export interface Page<Raw> {
  readonly items: readonly Raw[];
  readonly resourceVersion: string;
  /** The token of the next page, if there is one. */
  readonly continue?: string | undefined;
}

/**
 * An event of a watch. A bookmark says only how far the watch has come, and in a streamed list whether the
 * list is whole.
 */
export type WatchEvent<Raw> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: Raw }
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string; readonly endsList: boolean };

interface ListOptions {
  /** The maximum number of items of one page; no limit by default. */
  readonly limit?: number;
  readonly continue?: string | undefined;
  readonly signal: AbortSignal;
}

/** Options of a watch, and of a streamed list. */
export interface WatchOptions {
  /** The time after which the server ends the watch. */
  readonly timeoutSeconds: number;
  /** The watch fails when nothing has arrived for this long. */
  readonly idleTimeoutMs: number;
  readonly signal: AbortSignal;
}

/** The source of a reflector's objects. */
export interface ListWatch<Raw> {
  list(options: ListOptions): Promise<Page<Raw>>;
  /**
   * Lists by a watch that begins with an event for each object (KEP-3157). The list is whole at the bookmark
   * that ends it. It needs no token, so none can expire.
   */
  streamList(options: WatchOptions): AsyncIterable<WatchEvent<Raw>>;
  /**
   * Watches with bookmarks what comes after a version. Ends when the server ends the watch, and throws when
   * it fails in any other way.
   */
  watch(options: WatchOptions & { readonly resourceVersion: string }): AsyncIterable<WatchEvent<Raw>>;
  /** True if the version or the token is no longer of use, and only a new list helps. */
  isExpired(error: unknown): boolean;
  /** True if a page exceeded its maximum size, so that the next request has to ask for fewer items. */
  isTooLarge(error: unknown): boolean;
  /** True if the failure is only that nothing arrived in time, which on a quiet resource is no fault. */
  isSilent(error: unknown): boolean;
  /** True if the server has no streamed lists, or doesn't allow them. */
  isWithoutStreams(error: unknown): boolean;
  /** True if the server doesn't allow the request. */
  isForbidden(error: unknown): boolean;
}
