import type { AccessKey } from '../api/accesskey.ts';
import type { PolicyDocument } from '../store/store.ts';
import { type Access, requestedAccess } from './access.ts';
import type { GrantedAccess, Verdict } from './grants.ts';
import { decodeMark, MARK_FLAGS, type Mark, type MarkFlag } from './mark.ts';
import type { Observed } from './observed.ts';
import { policyDocument } from './policy.ts';
import { accessInForce, canonicalPolicy, policyDigest } from './policy-compare.ts';

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
  readonly reason: 'Issued' | 'Disabled' | 'GrantDenied';
  /** Why what is asked for isn't granted, if so. */
  readonly refusal: string | undefined;
}

const NOTHING: GrantedAccess = { kind: 'limited', entries: [] };

/**
 * What is asked for, if it is granted; else what is in force, if that still is; else that, disabled (DESIGN 2.2).
 * @param imported whether the pair that is in force was imported
 */
export function effectivePolicy(o: Observed, imported: boolean): Effective {
  const verdict = askedVerdict(o.accessKey, o.store.title, o.evaluate);
  const stored = o.policy && decodeMark(o.policy.id);
  const mark = stored?.accessKeyUid === o.accessKey.metadata.uid ? stored : undefined;
  const before = mark && o.policy && !verdict.granted ? accessInForce(o.policy, o.store.actions) : undefined;
  const granted = verdict.granted ? verdict : before && granting(o.evaluate(before));
  const access = granted?.access ?? before ?? NOTHING;
  const enabled = granted !== undefined && !o.accessKey.spec.disabled;
  const held = o.policy && { ...o.policy.document, ID: o.policy.id };
  const marked = mark?.flags.has('disabled') === true;
  // Somebody else's disabling doesn't become ours: it would be undone with ours (rule 8).
  const already = enabled ? undefined : o.users.get(o.secret?.facts.accessKeyId ?? '');
  const flagged = !enabled && (marked || already?.enabled !== false);
  const retained = isRetained(o.accessKey, verdict);
  const document = desiredDocument(o, access, verdict.mayCreate, { disabled: flagged, retained, imported });
  return {
    document,
    digest: policyDigest(document),
    bytes: Buffer.byteLength(JSON.stringify(document)),
    differs: !held || canonicalPolicy(held) !== canonicalPolicy(document),
    edited: held !== undefined && policyDigest(held) !== o.accessKey.status.policyDigest,
    access,
    enabled,
    markedDisabled: marked,
    retained,
    reason: !granted ? 'GrantDenied' : !enabled ? 'Disabled' : verdict.granted ? 'Issued' : 'GrantDenied',
    refusal: verdict.granted ? undefined : verdict.refusal,
  };
}

/** The document for an access, with the mark of this AccessKey and what was done to it. */
export function desiredDocument(
  o: Pick<Observed, 'cluster' | 'accessKey' | 'store'>,
  access: GrantedAccess,
  mayCreate: readonly string[],
  { disabled = false, retained = false, imported = false }: Readonly<Partial<Record<MarkFlag, boolean>>>,
): PolicyDocument {
  const asked = { disabled, retained, imported };
  const flags = new Set(MARK_FLAGS.filter((flag) => asked[flag]));
  const mark: Mark = {
    clusterUid: o.cluster.uid,
    accessKeyUid: o.accessKey.metadata.uid,
    flags,
    label: o.accessKey.spec.label ?? o.accessKey.metadata.name,
  };
  return policyDocument({ mark, access, mayList: true, mayCreate }, o.store.actions);
}

/** What the grants say to all that a spec asks for; what can't be read is refused with its cause. */
export function askedVerdict(
  { metadata, spec }: AccessKey,
  store: string,
  evaluate: (access: Access) => Verdict,
): Verdict {
  const requested = requestedAccess(spec);
  if (typeof requested === 'string')
    return { granted: false, refusal: requested, mayCreate: [], mayRetain: false, mayImport: false };
  const verdict = evaluate(requested);
  if (spec.deletionPolicy !== 'Retain' || !verdict.granted || verdict.mayRetain) return verdict;
  const refusal =
    `${store} does not grant namespace ${metadata.namespace} keys that outlive their AccessKey (deletionPolicy: Retain); ` +
    'a grant with allowRetain: true would';
  return {
    granted: false,
    refusal,
    mayCreate: verdict.mayCreate,
    mayRetain: false,
    mayImport: verdict.mayImport,
  };
}

/** Whether the key is to outlive its AccessKey: it asks to, and the store grants it. */
export function isRetained({ spec }: AccessKey, verdict: Verdict): boolean {
  return spec.deletionPolicy === 'Retain' && verdict.mayRetain;
}

function granting(verdict: Verdict): Extract<Verdict, { granted: true }> | undefined {
  return verdict.granted ? verdict : undefined;
}
