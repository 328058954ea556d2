import type { AccessKey } from '../../api/schema/accesskey.ts';
import type { Cluster } from '../../ownership/names.ts';
import type { ActionTable } from '../../provider/actions.ts';
import type { Pair, ProbeResult, StoredPolicy, StoreUser } from '../../provider/provider.ts';
import type { Access } from '../policy/access.ts';
import type { Verdict } from '../policy/grants.ts';
import type { SecretFacts } from '../secret/publication.ts';

/** A Secret as it was read live. `pair` is undefined where one half is missing. */
export interface ObservedSecret {
  readonly facts: SecretFacts;
  readonly ownership: 'controlled' | 'unowned' | 'foreign';
  readonly pair: Pair | undefined;
}

/** The store that an AccessKey names, as far as a plan needs it. */
export interface ObservedStore {
  /** For sentences: `ClusterObjectStore default`. */
  readonly title: string;
  /** Where pairs are issued and proved. */
  readonly endpoint: string;
  /** What Secrets say. */
  readonly publicEndpoint: string;
  readonly region: string;
  /** What the provider's policies may say; without this store's extra actions. */
  readonly actions: ActionTable;
  /** The extra actions that this store's permissions include, in S3's spelling. */
  readonly extraActions: readonly string[];
  readonly everyKeyMay: OrdinaryRights;
  /** Whether somebody has said that the endpoint is meant, though pairs were issued by another one. */
  readonly acceptsNewEndpoint: boolean;
}

/** What every key of a store may do beside its buckets. */
export interface OrdinaryRights {
  readonly listBuckets: boolean;
  readonly createBuckets: boolean;
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

/** All that was read before anything is written; what a plan follows from. */
export interface Observed {
  readonly now: number;
  readonly cluster: Cluster;
  /** Live: an own write's answer, or read just now. */
  readonly accessKey: AccessKey;
  readonly policyName: string;
  readonly store: ObservedStore;
  /** What the store's grants say to any access. */
  readonly evaluate: (access: Access) => Verdict;
  /** The longest that a pair may live by them, in ms; undefined where they don't say. */
  readonly maxAgeMs: number | undefined;
  /** The Secret of spec.secretName. */
  readonly secret: ObservedSecret | undefined;
  /** Secrets of this AccessKey under other names. */
  readonly elsewhere: readonly ObservedSecret[];
  readonly policy: StoredPolicy | undefined;
  /** Every user whose id came up, as the store shows it; undefined for one that it hasn't. */
  readonly users: ReadonlyMap<string, StoreUser | undefined>;
  /** Who is attached to the policy; read only where its mark isn't this AccessKey's. */
  readonly attached: { readonly users: readonly string[]; readonly groups: readonly string[] } | undefined;
  /** What a request signed with the Secret's pair showed; made only where the pair isn't as published. */
  readonly proof: ProbeResult | undefined;
  readonly importFrom: ObservedImport | undefined;
  /** Users with this AccessKey's tag or policy that a sweep or a failed attempt found. */
  readonly suspects: readonly string[];
  /** Whether the clocks are close enough for a step that depends on time. */
  readonly clockTrusted: boolean;
}

/** Whether the store shows the user attached to exactly this policy and in no group (rule 2). */
export function isExactlyOurs(user: StoreUser | undefined, policyName: string): boolean {
  return (
    user !== undefined &&
    user.groups.length === 0 &&
    user.policies.length === 1 &&
    user.policies[0] === policyName
  );
}

/** Whether the store shows the user attached to nothing and in no group. */
export function isUnattached(user: StoreUser | undefined): boolean {
  return user !== undefined && user.groups.length === 0 && user.policies.length === 0;
}
