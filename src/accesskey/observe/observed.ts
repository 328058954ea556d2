import type { SecretAllowList } from '../../api/allow-list.ts';
import type { AccessKey } from '../../api/schema/accesskey.ts';
import type { Cluster } from '../../ownership/names.ts';
import type { Pair, ProbeResult, StoredPolicy, StoreUser } from '../../provider/provider.ts';
import type { Granted } from '../context/granted.ts';
import type { ReissueTimes } from '../context/hints.ts';
import type { ObservedStore } from '../context/stores.ts';
import type { SecretFacts } from '../secret/facts.ts';

/** A Secret as it was read live. `pair` is undefined where one half is missing. */
export interface ObservedSecret {
  readonly facts: SecretFacts;
  readonly ownership: 'controlled' | 'unowned' | 'foreign';
  readonly pair: Pair | undefined;
  /** The field manager, other than the operator, that wrote it last. */
  readonly lastWriter?: string | undefined;
}

/** The user that spec.importFrom asks to take over; read only while no pair was published. */
export interface ObservedImport {
  readonly secretName: string;
  readonly found: boolean;
  readonly pair: Pair | undefined;
  readonly user: StoreUser | undefined;
  /** Whether one of its policies carries the mark of an AccessKey, of whatever cluster. */
  readonly ofAnAccessKey: boolean;
  /** Whether it is the user that signs the operator's own calls. */
  readonly isStoresOwn: boolean;
  readonly proof: ProbeResult | undefined;
}

/** Whether the store has a bucket, or why nobody knows or nobody can create it. */
export type BucketFinding =
  | { readonly kind: 'there' | 'missing' }
  /** `transient`: the store may do it when it is asked again. */
  | { readonly kind: 'failed'; readonly message: string; readonly transient: boolean };

/** All that was read before anything is written; what a plan follows from. */
export interface Observed extends Granted {
  readonly now: number;
  readonly cluster: Cluster;
  /** Live: an own write's answer, or read just now. */
  readonly accessKey: AccessKey;
  readonly policyName: string;
  readonly store: ObservedStore;
  /** What the operator's administrator lets AccessKeys write into Secrets. */
  readonly allowed: SecretAllowList;
  /** The Secret of spec.secretName. */
  readonly secret: ObservedSecret | undefined;
  /** Secrets of this AccessKey under other names. */
  readonly elsewhere: readonly ObservedSecret[];
  readonly policy: StoredPolicy | undefined;
  /** The buckets that the key wants created where they are missing, and may; none while it is disabled. */
  readonly buckets: ReadonlyMap<string, BucketFinding>;
  /** Every user whose id came up, as the store shows it; undefined for one that it hasn't. */
  readonly users: ReadonlyMap<string, StoreUser | undefined>;
  /** Who is attached to the policy; read only where its mark isn't this AccessKey's. */
  readonly attached: { readonly users: readonly string[]; readonly groups: readonly string[] } | undefined;
  /** What a request signed with the Secret's pair showed; made only where the pair isn't as published. */
  readonly proof: ProbeResult | undefined;
  readonly importFrom: ObservedImport | undefined;
  /** Users with this AccessKey's tag or policy that a sweep or a failed attempt found. */
  readonly suspects: readonly string[];
  readonly reissueAfter: ReissueTimes;
  /** Whether the clocks are close enough for a step that depends on time. */
  readonly clockTrusted: boolean;
}
