import type { SecretAllowList } from '../../api/allow-list.ts';
import type { AccessKey } from '../../api/schema/accesskey.ts';
import type { Cluster } from '../../ownership/names.ts';
import type { StoredPolicy } from '../../provider/policy.ts';
import type { Pair, ProbeResult, StoreUser } from '../../provider/provider.ts';
import type { ReissueTimes } from '../context/issues.ts';
import type { ObservedStore } from '../context/stores.ts';
import type { NamespaceGrants } from '../policy/grants.ts';
import type { SecretFacts } from '../secret/facts.ts';

/** A Secret from a live read. `pair` is undefined if one half is missing. */
export interface ObservedSecret {
  readonly facts: SecretFacts;
  readonly ownership: 'controlled' | 'unowned' | 'foreign';
  readonly pair: Pair | undefined;
  /** The field manager, other than the operator, that wrote it last. */
  readonly lastWriter?: string | undefined;
}

/**
 * The user that spec.importFrom asks to take over. The operator reads it only until it has published a pair.
 */
export interface ObservedImport {
  readonly secretName: string;
  readonly found: boolean;
  readonly pair: Pair | undefined;
  readonly user: StoreUser | undefined;
  /** True if one of its policies carries the mark of an AccessKey of any cluster. */
  readonly ofAnAccessKey: boolean;
  /** True if this user signs the operator's own calls. */
  readonly isStoresOwn: boolean;
  readonly proof: ProbeResult | undefined;
}

/** The existence of a bucket in the store, or the reason why that is unknown or nobody can create it. */
export type BucketFinding =
  | { readonly kind: 'there' | 'missing' }
  /** `transient`: the store may create it on the next try. */
  | { readonly kind: 'failed'; readonly message: string; readonly transient: boolean };

/** The users and groups that a policy is attached to. */
export interface Attached {
  /** As many users as one pass reads. */
  readonly users: readonly string[];
  /** The number of users beyond those. */
  readonly more: number;
  readonly groups: readonly string[];
}

/** A read that the API server refused. */
export interface Unread {
  readonly error: unknown;
  /** The cause, and the remedy if somebody has to change something. */
  readonly message: string;
  /** False if the refusal ends without anybody's help. */
  readonly lasts: boolean;
}

/** Everything that the operator reads before it writes: data only. A plan follows from this alone. */
export interface Observed {
  readonly now: number;
  readonly cluster: Cluster;
  /** Live: the answer to the operator's own write, or a fresh read. From the cache if it is `unread`. */
  readonly accessKey: AccessKey;
  readonly policyName: string;
  readonly store: ObservedStore;
  /** The store's grants for the key's namespace. */
  readonly grants: NamespaceGrants;
  /** The maximum age of a pair by these grants, in ms; undefined if they set none. */
  readonly maxAgeMs: number | undefined;
  /** The names that the operator's administrator lets AccessKeys write into Secrets. */
  readonly allowed: SecretAllowList;
  /**
   * The reason why the API server didn't show the AccessKey or a Secret. Both are then as the caches last
   * showed them, and no pair is known.
   */
  readonly unread?: Unread | undefined;
  /** The Secret of spec.secretName. */
  readonly secret: ObservedSecret | undefined;
  /** Secrets of this AccessKey under other names. */
  readonly elsewhere: readonly ObservedSecret[];
  readonly policy: StoredPolicy | undefined;
  /**
   * The buckets that the key wants created if they are missing, and may create. Empty while the key is
   * disabled.
   */
  readonly buckets: ReadonlyMap<string, BucketFinding>;
  /** Every user whose id came up, as the store shows it; undefined for one that the store doesn't have. */
  readonly users: ReadonlyMap<string, StoreUser | undefined>;
  /**
   * Users and groups attached to the policy. The operator reads them only if the policy's mark isn't this
   * AccessKey's.
   */
  readonly attached: Attached | undefined;
  /**
   * The result of a request signed with the Secret's pair. The operator makes it only if the pair isn't as
   * published.
   */
  readonly proof: ProbeResult | undefined;
  readonly importFrom: ObservedImport | undefined;
  /**
   * Users with this AccessKey's tag or policy that a sweep or a failed attempt found, as many as one pass
   * reads.
   */
  readonly suspects: readonly string[];
  readonly reissueAfter: ReissueTimes;
  /** True if the clocks are close enough for a step that depends on time. */
  readonly clockTrusted: boolean;
}
