import type { AccessKey } from '../../api/schema/accesskey.ts';
import { encodeMark, MARK_FLAGS, type MarkFlag } from '../../ownership/mark.ts';
import type { Cluster } from '../../ownership/names.ts';
import type { GrantedAccess, OrdinaryRights, Policy, PolicyForm } from '../../provider/policy.ts';
import { requestedAccess } from './access.ts';
import { evaluateGrants, type NamespaceGrants, type Verdict } from './grants.ts';

/** The facts that the policies of a store's keys follow from. */
export interface StoreRules {
  /** The form in which the provider keeps policies. */
  readonly form: PolicyForm;
  /** The extra actions that this store's permissions include, in S3's spelling. */
  readonly extraActions: readonly string[];
  /** The rights of every key of the store beside its buckets. */
  readonly everyKeyMay: OrdinaryRights;
}

/** The AccessKey of a policy, and its store. */
export interface PolicyOwner {
  readonly cluster: Cluster;
  readonly accessKey: AccessKey;
  readonly store: StoreRules;
}

/**
 * Returns the policy for an access. It carries the mark of this AccessKey and of what the operator did to it.
 */
export function desiredPolicy(
  { cluster, accessKey, store }: PolicyOwner,
  access: GrantedAccess,
  mayCreate: readonly string[],
  { disabled = false, retained = false, imported = false }: Readonly<Partial<Record<MarkFlag, boolean>>>,
): Policy {
  const asked = { disabled, retained, imported };
  const mark = encodeMark({
    clusterUid: cluster.uid,
    accessKeyUid: accessKey.metadata.uid,
    flags: new Set(MARK_FLAGS.filter((flag) => asked[flag])),
    label: accessKey.spec.label ?? accessKey.metadata.name,
  });
  const { everyKeyMay, extraActions } = store;
  return { mark, access, mayCreate, everyKeyMay, extraActions };
}

/**
 * Returns what the grants say to everything that a spec asks for. Refuses what it can't read, with the cause.
 */
export function askedVerdict({ metadata, spec }: AccessKey, grants: NamespaceGrants): Verdict {
  const requested = requestedAccess(spec);
  if (typeof requested === 'string')
    return { granted: false, refusal: requested, mayCreate: [], mayRetain: false, mayImport: false };
  const verdict = evaluateGrants(grants, requested);
  if (spec.deletionPolicy !== 'Retain' || !verdict.granted || verdict.mayRetain) return verdict;
  return {
    granted: false,
    refusal: retainRefusalOf(grants.title, metadata.namespace),
    mayCreate: verdict.mayCreate,
    mayRetain: false,
    mayImport: verdict.mayImport,
  };
}

/**
 * Returns the sentence for a key that asks to outlive its AccessKey without a grant. `store` is the store's
 * title.
 */
export function retainRefusalOf(store: string, namespace: string): string {
  return (
    `${store} does not grant namespace ${namespace} keys that outlive their AccessKey (deletionPolicy: Retain); ` +
    'ask its administrator for a grant with allowRetain: true'
  );
}

/** True if the key should outlive its AccessKey: it asks to, and the store grants it. */
export function isRetained({ spec }: AccessKey, verdict: Verdict): boolean {
  return spec.deletionPolicy === 'Retain' && verdict.mayRetain;
}
