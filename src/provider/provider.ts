/**
 * The domain's interface to any S3 store with users. Each provider has a directory beside this file. Nothing
 * here knows of Kubernetes, and nothing of the form in which a store keeps policies.
 */
import type { Capabilities } from './capabilities.ts';
import type { Policy, StoredPolicy } from './policy.ts';

/**
 * A pair by which a client signs its requests. The secret never appears in an error, a log or a `toString`.
 */
export interface Pair {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/**
 * A user as the store shows it. Its names come from the store, so the code uses them as data, never as
 * property names.
 */
export interface StoreUser {
  readonly accessKeyId: string;
  readonly enabled: boolean;
  /** The policies attached to it directly, in no order. */
  readonly policies: readonly string[];
  /** Its groups. Their rights apply in addition to the policies. */
  readonly groups: readonly string[];
  /** The time at which its policies were last set, in ms since 1970; absent if the store doesn't know it. */
  readonly attachedAt?: number;
}

/**
 * The result of a request signed with a pair.
 * - `works`: the store took the signature and shows the user with its present policies and status
 * - `unproven`: the signature is right, but the user may not read itself (no policy attached, or a deny)
 * - `wrongSecret`: the user exists, the secret is another one
 * - `unknown`: the store doesn't know the id, or has it disabled (it gives the same answer to both)
 */
export type ProbeResult =
  | { readonly kind: 'works'; readonly user: StoreUser }
  | { readonly kind: 'unproven' }
  | { readonly kind: 'wrongSecret' }
  | { readonly kind: 'unknown' };

/** Options of every call. A failed call always throws a `StoreError` of errors.ts. */
export interface CallOptions {
  readonly signal?: AbortSignal;
}

/**
 * The addresses of a bucket that a store takes. `Path` is `https://HOST/BUCKET/KEY`; `VirtualHost` means that
 * `https://BUCKET.HOST/KEY` works too.
 */
export type Addressing = 'Path' | 'VirtualHost';

/** The time at which a pair was last used, in ms since 1970. `unknown` if the store doesn't tell it. */
export type LastUse = number | 'never' | 'unknown';

/** Options of the call that creates a user. */
interface NewUserOptions extends CallOptions {
  /** The name of the policy that the user will have. A store may keep users by it. */
  readonly policy: string;
}

/** Limits of a list, since a user chose the endpoint. */
export interface ListOptions extends CallOptions {
  /** True if the list keeps the user; it reads and drops the others. Default: all. */
  readonly keep?: (user: StoreUser) => boolean;
  /** Max names of users, policies and groups in the kept users; more is `unreachable`. Default: no limit. */
  readonly maxNames?: number;
  /** Max length of the answer; more is `unreachable`. Default: 64 MiB. */
  readonly maxBytes?: number;
}

/**
 * A store's administration. A method sends one request unless it says otherwise. Removing an absent object
 * succeeds. Reading one returns `undefined`, and writing one throws a `StoreError` of kind `absent`.
 */
export interface Store {
  /** The id whose credentials sign the calls. The operator must never take this user over. */
  readonly accessKeyId: string;
  /** Returns what the store can do, as far as it has shown that. `check` asks for it. */
  capabilities(): Capabilities;
  /** Returns the user of that id, or undefined. It never returns the root user. */
  getUser(accessKeyId: string, options?: CallOptions): Promise<StoreUser | undefined>;
  /**
   * Lists the users. Expensive (about 0.15 s of CPU on each side, for any number of users): once per sweep.
   */
  listUsers(options?: ListOptions): Promise<Map<string, StoreUser>>;
  /**
   * Creates and enables the user of that pair. If it exists, sets its secret and enables it; its policies
   * stay. A store that chooses pairs itself (`Capabilities.choosesPairs`) takes the pair's id for the user's
   * first name, and may send several requests. It returns the same pair again only while the user still has
   * it.
   * @returns the pair that works: the given one, or the store's own
   */
  putUser(pair: Pair, options: NewUserOptions): Promise<Pair>;
  /** Removes the user. The caller has to read it again: a store may confirm a removal that it didn't do. */
  removeUser(accessKeyId: string, options?: CallOptions): Promise<void>;
  setUserEnabled(accessKeyId: string, enabled: boolean, options?: CallOptions): Promise<void>;
  /**
   * Makes exactly this the user's policy, in one step. A store with named policies attaches the one that
   * `writePolicy` has written. A disabled user may be `absent` to this call.
   */
  attachPolicy(accessKeyId: string, name: string, policy: Policy, options?: CallOptions): Promise<void>;
  /** Ends the sessions that the user has made, as far as the store can. */
  revokeSessions(accessKeyId: string, options?: CallOptions): Promise<void>;
  /**
   * Returns when the store last took a request of that pair, as far as it tells. Its answer may be minutes
   * old.
   */
  lastUse(accessKeyId: string, options?: CallOptions): Promise<LastUse>;
  readPolicy(name: string, options?: CallOptions): Promise<StoredPolicy | undefined>;
  /**
   * Writes the policy. A store with inline policies writes it into every user that has it, one after the
   * other, and keeps none without users.
   */
  writePolicy(name: string, policy: Policy, options?: CallOptions): Promise<void>;
  /** Writes the policy that was read with another mark. What it allows stays as it was read. */
  markPolicy(name: string, stored: StoredPolicy, mark: string, options?: CallOptions): Promise<void>;
  /** Removes the policy. Fails with kind `inUse` while any user or group has it. */
  removePolicy(name: string, options?: CallOptions): Promise<void>;
  /** Returns the users and groups that have the policy. Expensive like `listUsers`. */
  policyEntities(name: string, options?: CallOptions): Promise<{ users: string[]; groups: string[] }>;
  /** Reads the pair's own user, signed with the pair. */
  probe(pair: Pair, options?: CallOptions): Promise<ProbeResult>;
  /**
   * True if the store has a bucket of that name. Fails with kind `refused` if the credentials may not ask.
   */
  hasBucket(bucketName: string, options?: CallOptions): Promise<boolean>;
  /**
   * Creates a bucket with the store's defaults if there is none. An existing one stays as it is in every
   * race. Fails with kind `bucketTaken` if another user of the store has the name.
   */
  createBucket(bucketName: string, options?: CallOptions): Promise<'created' | 'exists'>;
  /**
   * Sends a cheap signed read. It passes if the endpoint is this kind of store and takes the operator's
   * credentials.
   */
  check(options?: CallOptions): Promise<void>;
  /**
   * Returns the server's version; undefined if the server doesn't tell it, or not to these credentials. Call
   * it rarely, since it may be slow.
   */
  serverVersion(options?: CallOptions): Promise<string | undefined>;
  /** Returns how many keys may use the store at the same time. It rises for a store with high latency. */
  concurrency(): number;
  /** Returns how long an ordinary request may take now, in ms. It grows while the store answers slowly. */
  patienceMs(): number;
  /** Closes the connections. */
  close(): Promise<void>;
}
