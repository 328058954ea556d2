import { decodeMark, ownershipOf } from '../../ownership/mark.ts';
import { accessKeyTag, tagOf } from '../../ownership/names.ts';
import type { PolicyDocument } from '../../provider/provider.ts';
import type { Observed } from '../observe/observed.ts';
import { askedVerdict, desiredDocument, isRetained } from '../policy/desired-policy.ts';
import type { GrantedAccess, Verdict } from '../policy/grants.ts';
import { accessInForce, policyDigest, storedDigest } from '../policy/stored-policy.ts';

/** The policy that a key is to have now. */
export interface Effective {
  readonly document: PolicyDocument;
  readonly digest: string;
  /** The document's size as it is sent. */
  readonly bytes: number;
  /** Whether the store holds another one, or none. */
  readonly differs: boolean;
  /** Whether the one that it holds isn't the one that was written last: somebody edited it there. */
  readonly edited: boolean;
  readonly access: GrantedAccess;
  /** False where the spec says so, or neither what is asked for nor what is in force is granted: the users are disabled. */
  readonly enabled: boolean;
  /** Whether the mark in the store says that we disabled the key. */
  readonly markedDisabled: boolean;
  /** Whether the key is to outlive its AccessKey. */
  readonly retained: boolean;
  /** Why the key isn't to be enabled, or not as it is asked for. */
  readonly reason: 'Issued' | 'Disabled' | Refusal['reason'];
  /** Why what is asked for can't be had, if so. */
  readonly refusal: string | undefined;
}

interface Refusal {
  readonly reason: 'GrantDenied' | 'PolicyTooLarge';
  readonly message: string;
}

const NOTHING: GrantedAccess = { kind: 'limited', entries: [] };

/**
 * What is asked for, if it is granted and fits; else what is in force, if that still is granted; else that, disabled
 * (DESIGN 2.2).
 * @param importing whether the pair that will be in force was imported; undefined: as the policy's mark says
 * @param kept whether it is one that is published already
 */
export function effectivePolicy(
  o: Observed,
  { importing, kept }: { readonly importing: boolean | undefined; readonly kept: boolean },
): Effective {
  const verdict = askedVerdict(o.accessKey, o.store.title, o.evaluate);
  const stored = o.policy && decodeMark(o.policy.id);
  const mark = ownershipOf(stored, o.cluster, o.accessKey.metadata.uid) === 'ours' ? stored : undefined;
  const imported = importing ?? mark?.flags.has('imported') === true;
  const refusal = refusalOf(o, verdict, imported);
  // What somebody removed or edited in the store isn't in force by anybody's leave: nothing of it stays.
  const readable = () => mark && o.policy && accessInForce(o.policy, o.store.actions);
  const before =
    refusal && (kept || o.accessKey.status.accessKeyId !== undefined) ? (readable() ?? NOTHING) : undefined;
  const granted = refusal ? before && granting(o.evaluate(before)) : granting(verdict);
  const wanted = granted?.access ?? before ?? NOTHING;
  const enabled = granted !== undefined && !o.accessKey.spec.disabled;
  const held = o.policy && storedDigest(o.policy);
  const marked = mark?.flags.has('disabled') === true;
  // Somebody else's disabling doesn't become ours: it would be undone with ours (rule 8).
  const flagged = !enabled && (marked || disabledThere(o) === undefined);
  const retained = isRetained(o.accessKey, verdict);
  const flags = { disabled: flagged, retained, imported };
  const full = desiredDocument(o, wanted, verdict.mayCreate, flags);
  // A key can be disabled even where what it had doesn't fit any more, since its label or its grants grew.
  const cut = !enabled && bytesOf(full) > o.store.actions.maxPolicyBytes;
  const access = cut ? NOTHING : wanted;
  const document = cut ? desiredDocument(o, NOTHING, [], flags) : full;
  const digest = policyDigest(document);
  return {
    document,
    digest,
    bytes: bytesOf(document),
    differs: held !== digest,
    edited: held !== undefined && held !== o.accessKey.status.policyDigest,
    access,
    enabled,
    markedDisabled: marked,
    retained,
    reason: granted && !enabled ? 'Disabled' : (refusal?.reason ?? 'Issued'),
    refusal: refusal?.message,
  };
}

/** The id of the pair in a Secret or the status whose user somebody disabled in the store, if it is this AccessKey's. */
export function disabledThere({
  accessKey,
  policyName,
  secret,
  elsewhere,
  users,
}: Observed): string | undefined {
  return [
    ...[secret, ...elsewhere].map((some) => some?.facts.accessKeyId),
    accessKey.status.accessKeyId,
  ].find((id) => {
    const user = users.get(id ?? '');
    if (id === undefined || user?.enabled !== false) return false;
    return (
      user.policies.includes(policyName) ||
      (user.policies.length === 0 && tagOf(id) === accessKeyTag(policyName))
    );
  });
}

function refusalOf(o: Observed, verdict: Verdict, imported: boolean): Refusal | undefined {
  if (!verdict.granted) return { reason: 'GrantDenied', message: verdict.refusal };
  const flags = { disabled: true, retained: isRetained(o.accessKey, verdict), imported };
  const bytes = bytesOf(desiredDocument(o, verdict.access, verdict.mayCreate, flags));
  if (bytes <= o.store.actions.maxPolicyBytes) return undefined;
  return {
    reason: 'PolicyTooLarge',
    message:
      `the policy for this request would be ${bytes} bytes, and the store takes ${o.store.actions.maxPolicyBytes}; ` +
      'name fewer buckets or prefixes, or split them over several AccessKeys',
  };
}

/** The size of a document as it is sent. */
function bytesOf(document: PolicyDocument): number {
  return Buffer.byteLength(JSON.stringify(document));
}

function granting(verdict: Verdict): Extract<Verdict, { granted: true }> | undefined {
  return verdict.granted ? verdict : undefined;
}
