/**
 * What the domain needs of any S3 store that has users and IAM policies. One directory beside this file for
 * each provider; nothing here knows of Kubernetes or of an AccessKey.
 */

/** A pair by which a client signs its requests. The secret never appears in an error, a log or a `toString`. */
export interface Pair {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** A user as the store shows it. Names come from the store: data, never property names. */
export interface StoreUser {
  readonly accessKeyId: string;
  readonly enabled: boolean;
  /** The policies attached to it directly, in no order. */
  readonly policies: readonly string[];
  /** The groups that it is in: their rights stay in force beside the policies. */
  readonly groups: readonly string[];
  /** When its policies were last set, in ms since 1970; absent where the store doesn't know. */
  readonly attachedAt?: number;
}

/** One statement of an IAM policy, as this project writes it. */
export interface PolicyStatement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: readonly string[];
  readonly Resource?: readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** An IAM policy document. `ID` is kept by the store as it is, and carries the operator's mark. */
export interface PolicyDocument {
  readonly ID: string;
  readonly Version: '2012-10-17';
  readonly Statement: readonly PolicyStatement[];
}

/** What the store holds under a policy's name: `ID` is '' where there is none; statements may have any shape. */
export interface StoredPolicy {
  readonly id: string;
  readonly document: Readonly<Record<string, unknown>>;
}

/**
 * What a request signed with a pair has shown.
 * - `works`: the store took the signature and shows the user, with the policies and the status that are listed
 * - `unproven`: the signature is right, but the user isn't allowed to see itself (no policy attached, or a deny)
 * - `wrongSecret`: the user exists, the secret is another one
 * - `unknown`: the store doesn't know the id, or has it disabled (it gives the same answer to both)
 */
export type ProbeResult =
  | { readonly kind: 'works'; readonly user: StoreUser }
  | { readonly kind: 'unproven' }
  | { readonly kind: 'wrongSecret' }
  | { readonly kind: 'unknown' };

/** Every call takes a signal; a call that fails throws a `StoreError` of errors.ts and nothing else. */
export interface CallOptions {
  readonly signal?: AbortSignal;
}

/** What a list may hold: the endpoint was chosen by somebody else. */
export interface ListOptions extends CallOptions {
  /** True for the users that the list is to hold; the others are read and dropped. Default: all. */
  readonly keep?: (user: StoreUser) => boolean;
  /** Max names of users, policies and groups that are kept; more is `unreachable`. Default: no limit. */
  readonly maxNames?: number;
  /** Max length of the answer; more is `unreachable`. Default: 64 MiB. */
  readonly maxBytes?: number;
}

/**
 * A store's administration. One method, one request, but where it says otherwise. "Removing the absent is
 * success" holds for every remove; whatever else is absent is `undefined` where it is read and a `StoreError`
 * of kind `absent` where it is written.
 */
export interface Store {
  /** Whose credentials sign the calls: a user that must never be taken over. */
  readonly accessKeyId: string;
  /** The user of that id, or undefined. The root user is never shown. */
  getUser(accessKeyId: string, options?: CallOptions): Promise<StoreUser | undefined>;
  /** Lists the users. Expensive (about 0.15 s of CPU on each side, whatever their number): once per sweep. */
  listUsers(options?: ListOptions): Promise<Map<string, StoreUser>>;
  /** Makes the user, enabled, or gives an existing one this secret and enables it; its policies stay. */
  putUser(pair: Pair, options?: CallOptions): Promise<void>;
  /** Removes the user. The store's word isn't proof: read it again (FACTS 6). */
  removeUser(accessKeyId: string, options?: CallOptions): Promise<void>;
  setUserEnabled(accessKeyId: string, enabled: boolean, options?: CallOptions): Promise<void>;
  /** Makes exactly these the user's policies, in one step. A disabled user is `absent` to this call. */
  setUserPolicies(accessKeyId: string, policies: readonly string[], options?: CallOptions): Promise<void>;
  /** Ends the sessions that the user has made, as far as the store can. */
  revokeSessions(accessKeyId: string, options?: CallOptions): Promise<void>;
  getPolicy(name: string, options?: CallOptions): Promise<StoredPolicy | undefined>;
  putPolicy(name: string, document: PolicyDocument, options?: CallOptions): Promise<void>;
  /** Kind `inUse` while any user or group is attached. */
  removePolicy(name: string, options?: CallOptions): Promise<void>;
  /** Who has the policy attached. Expensive like `listUsers`. */
  policyEntities(name: string, options?: CallOptions): Promise<{ users: string[]; groups: string[] }>;
  /** Asks the store for the pair's own user, signed with the pair itself. */
  probe(pair: Pair, options?: CallOptions): Promise<ProbeResult>;
  /** True if the store has a bucket of that name. Kind `refused` where the credentials may not ask. */
  hasBucket(bucketName: string, options?: CallOptions): Promise<boolean>;
  /**
   * Creates a bucket with the store's defaults where there is none. One that exists stays as it is in every race.
   * Kind `taken` where somebody else has the name.
   */
  createBucket(bucketName: string, options?: CallOptions): Promise<'created' | 'exists'>;
  /** A cheap signed read that changes nothing: passes where the endpoint is this kind of store and takes our credentials. */
  check(options?: CallOptions): Promise<void>;
  /** What version the server says it is; undefined where it doesn't say, or not to us. Asked rarely: it may be slow. */
  serverVersion(options?: CallOptions): Promise<string | undefined>;
  /** Closes the connections. */
  close(): Promise<void>;
}
