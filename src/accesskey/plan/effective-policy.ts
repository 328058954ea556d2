import { ownMark } from '../../ownership/mark.ts';
import { accessKeyTag, tagOf } from '../../ownership/names.ts';
import type { GrantedAccess, Policy } from '../../provider/policy.ts';
import type { StoreUser } from '../../provider/provider.ts';
import type { Observed } from '../observe/observed.ts';
import { askedVerdict, desiredPolicy, isRetained } from '../policy/desired-policy.ts';
import { evaluateGrants, type GrantingVerdict, type Verdict } from '../policy/grants.ts';
import { unsupportedBy } from '../policy/unsupported.ts';

/** The policy that a key should have now. */
export interface Effective {
  readonly policy: Policy;
  readonly digest: string;
  /** The policy's size as the operator sends it. */
  readonly bytes: number;
  /** True if the store holds another policy, or none. */
  readonly differs: boolean;
  /**
   * True if the stored policy isn't the one that the operator wrote last: somebody edited it in the store.
   */
  readonly edited: boolean;
  readonly access: GrantedAccess;
  /**
   * False if the spec disables the key, or if the grants cover neither what it asks for nor what is in force.
   * The operator then disables the users.
   */
  readonly enabled: boolean;
  /** True if the mark in the store says that the operator disabled the key. */
  readonly markedDisabled: boolean;
  /** True if the key should outlive its AccessKey. */
  readonly retained: boolean;
  /** The reason why the key stays disabled, or gets less than it asks for. */
  readonly reason: 'Issued' | 'Disabled' | Refusal['reason'];
  /** The reason why the key can't have what it asks for, if it can't. */
  readonly refusal: string | undefined;
}

interface Refusal {
  readonly reason: 'GrantDenied' | 'NotSupported' | 'PolicyTooLarge';
  readonly message: string;
}

const NOTHING: GrantedAccess = { kind: 'limited', entries: [] };

/**
 * Returns the policy that the key asks for, if the grants cover it and it fits. Otherwise returns the one in
 * force, if the grants still cover that, or else the same one disabled.
 * @param importing true if the pair that will be in force was imported; undefined to follow the policy's mark
 * @param kept true if that pair is already published
 */
export function effectivePolicy(
  o: Observed,
  { importing, kept }: { readonly importing: boolean | undefined; readonly kept: boolean },
): Effective {
  const verdict = askedVerdict(o.accessKey, o.grants);
  const mark = ownMark(o.policy, o.cluster, o.accessKey.metadata.uid);
  const imported = importing ?? mark?.flags.has('imported') === true;
  const refusal = refusalOf(o, verdict, imported);
  // What somebody removed or edited in the store was never granted, so the operator keeps nothing of it.
  const { form } = o.store;
  const readable = () => mark && o.policy && form.read(o.policy)?.access;
  const before =
    refusal && (kept || o.accessKey.status.accessKeyId !== undefined) ? (readable() ?? NOTHING) : undefined;
  const granted = refusal ? before && granting(evaluateGrants(o.grants, before)) : granting(verdict);
  const wanted = granted?.access ?? before ?? NOTHING;
  const enabled = granted !== undefined && !o.accessKey.spec.disabled;
  const inStore = o.policy && form.digestOf(o.policy);
  const marked = mark?.flags.has('disabled') === true;
  // The operator doesn't take over somebody else's disabling: enabling the key would undo both (rule 8).
  const flagged = !enabled && (marked || disabledInStore(o) === undefined);
  const retained = isRetained(o.accessKey, verdict);
  const flags = { disabled: flagged, retained, imported };
  const full = desiredPolicy(o, wanted, verdict.mayCreate, flags);
  // The operator can disable a key even if its policy no longer fits because its label or grants grew.
  const cut = !enabled && bytesOf(o, full) > o.store.capabilities.maxPolicyBytes;
  const access = cut ? NOTHING : wanted;
  const policy = cut ? desiredPolicy(o, NOTHING, [], flags) : full;
  const digest = form.digestOf(form.render(policy));
  return {
    policy,
    digest,
    bytes: bytesOf(o, policy),
    differs: inStore !== digest,
    edited: inStore !== undefined && inStore !== o.accessKey.status.policyDigest,
    access,
    enabled,
    markedDisabled: marked,
    retained,
    reason: granted && !enabled ? 'Disabled' : (refusal?.reason ?? 'Issued'),
    refusal: refusal?.message,
  };
}

/**
 * Returns the id in a Secret or the status whose user somebody disabled in the store, if it is this
 * AccessKey's.
 */
export function disabledInStore({
  accessKey,
  policyName,
  secret,
  elsewhere,
  users,
}: Observed): string | undefined {
  const published = [secret, ...elsewhere].map((some) => some?.facts.accessKeyId);
  const { accessKeyId } = accessKey.status;
  // A process that died after the publication leaves the status behind, and a replaced user half removed.
  const isBehind =
    secret?.ownership === 'controlled' &&
    isNewer(users.get(secret.facts.accessKeyId ?? ''), users, accessKeyId);
  return [...published, ...(isBehind ? [] : [accessKeyId])].find((id) => {
    const user = users.get(id ?? '');
    if (id === undefined || user?.enabled !== false) return false;
    return (
      user.policies.includes(policyName) ||
      (user.policies.length === 0 && tagOf(id) === accessKeyTag(policyName))
    );
  });
}

/** True if the store made the user when, or after, it made the one of that id: nobody can forge its times. */
function isNewer(user: StoreUser | undefined, users: Observed['users'], id: string | undefined): boolean {
  const other = users.get(id ?? '');
  if (user === undefined || other === undefined || user.accessKeyId === id) return false;
  return (
    user.attachedAt !== undefined && other.attachedAt !== undefined && user.attachedAt >= other.attachedAt
  );
}

function refusalOf(o: Observed, verdict: Verdict, imported: boolean): Refusal | undefined {
  if (!verdict.granted) return { reason: 'GrantDenied', message: verdict.refusal };
  const unsupported = unsupportedBy(o.store, o.accessKey.spec);
  if (unsupported !== undefined) return { reason: 'NotSupported', message: unsupported };
  const flags = { disabled: true, retained: isRetained(o.accessKey, verdict), imported };
  const bytes = bytesOf(o, desiredPolicy(o, verdict.access, verdict.mayCreate, flags));
  if (bytes <= o.store.capabilities.maxPolicyBytes) return undefined;
  return {
    reason: 'PolicyTooLarge',
    message:
      `the policy would have ${bytes} bytes, but the store accepts at most ${o.store.capabilities.maxPolicyBytes}; ` +
      'name fewer buckets or prefixes, or split them among several AccessKeys',
  };
}

/** Returns the size of a policy as the operator sends it. */
function bytesOf({ store: { form } }: Observed, policy: Policy): number {
  return form.sizeOf(form.render(policy));
}

function granting(verdict: Verdict): GrantingVerdict | undefined {
  return verdict.granted ? verdict : undefined;
}
