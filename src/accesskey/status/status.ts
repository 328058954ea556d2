import { conditionsAfter, readyOf } from '../../api/conditions.ts';
import { conditionBeside, type Reason } from '../../api/reasons.ts';
import type { AccessKey, AccessKeyStatus, EffectivePermission } from '../../api/schema/accesskey.ts';
import { plainLabel } from '../../ownership/mark.ts';
import type { GrantedAccess } from '../../provider/policy.ts';
import { summarizeAccess } from '../policy/access.ts';
import { secretNameOf } from '../secret/facts.ts';
import type { PreviousKey } from '../secret/previous-record.ts';
import { ignoredNote } from './unreadable.ts';

/** The access in force once the steps are done, for the status. */
export interface InForce {
  readonly accessKeyId: string;
  /** The name of the pair's user in the store, if it isn't the id. */
  readonly user?: string;
  readonly access: GrantedAccess;
  readonly issuedAt: string;
  readonly keyGeneration: number;
  readonly previous: readonly PreviousKey[];
  readonly policyDigest: string;
  /** RFC 3339; absent if the operator doesn't rotate the pair. */
  readonly nextRotationAt?: string;
}

/**
 * The outcome of a reconcile: the Ready condition's reason and message, and what is in force now, if known.
 */
export interface Outcome {
  readonly reason: Reason;
  readonly message: string;
  /** null if nothing is in force any more. */
  readonly inForce?: InForce | null;
}

/** The maximum length of a status's message. The API server takes 32 KiB, a person much less. */
const MAX_MESSAGE = 1_024;

/**
 * Returns the status after an outcome (kstatus: sigs.k8s.io/cli-utils, pkg/kstatus). It always has Ready, and
 * Reconciling or Stalled while Ready is False. A value that the outcome doesn't give stays, because it may
 * still be in force. The same outcome gives the same status, including transition times.
 */
export function statusAfter(accessKey: AccessKey, outcome: Outcome, now: number): AccessKeyStatus {
  const generation = accessKey.metadata.generation ?? 0;
  const ready = outcome.reason === 'Issued';
  // The cut never splits a character, or the API server would return a different text each time.
  const note = ignoredNote(accessKey);
  const message = `${outcome.message.slice(0, MAX_MESSAGE - note.length).toWellFormed()}${note}`;
  const { reason } = outcome;
  const content = { isReady: ready, beside: conditionBeside(reason), reason, message };
  const conditions = conditionsAfter(
    accessKey.status?.conditions,
    { ...content, observedGeneration: generation },
    now,
  );
  const { inForce } = outcome;
  const known =
    inForce === null
      ? { label: labelOf(accessKey) }
      : inForce
        ? inForceStatus(accessKey, inForce, ready)
        : withoutConditions(accessKey.status);
  // The operator removes its Secret first, so that no one binds to a key that is being revoked.
  const revoked = accessKey.metadata.deletionTimestamp && accessKey.spec.deletionPolicy !== 'Retain';
  if (revoked) delete known.binding;
  const { expiresAt } = accessKey.spec;
  return {
    ...known,
    ...(expiresAt !== undefined && { expiresAt }),
    observedGeneration: generation,
    conditions,
  };
}

/** Returns the reason of the Ready condition; undefined if there is none yet. */
export function readyReason(accessKey: AccessKey): string | undefined {
  return readyOf(accessKey)?.reason;
}

const AT_REST: ReadonlySet<string> = new Set(['Issued', 'Disabled', 'Expired', 'Paused']);

/** True if the status says that the key matches its spec, so nothing is to do until something changes. */
export function isAtRest(accessKey: AccessKey): boolean {
  return !accessKey.metadata.deletionTimestamp && wasAtRest(accessKey);
}

/** True if the status says that the key matches its spec, or did until its deletion was requested. */
export function wasAtRest(accessKey: AccessKey): boolean {
  const { metadata, status } = accessKey;
  // A request to delete an object with finalizers is a generation of its own.
  const generation = (metadata.generation ?? 0) - (metadata.deletionTimestamp ? 1 : 0);
  return status?.observedGeneration === generation && AT_REST.has(readyReason(accessKey) ?? '');
}

function inForceStatus(
  accessKey: AccessKey,
  inForce: InForce,
  asAsked: boolean,
): Omit<AccessKeyStatus, 'observedGeneration'> {
  return {
    label: labelOf(accessKey),
    accessKeyId: inForce.accessKeyId,
    ...(inForce.user !== undefined && { user: inForce.user }),
    binding: { name: secretNameOf(accessKey) },
    secretName: secretNameOf(accessKey),
    access: summarizeAccess(inForce.access),
    permissions: permissionsOf(inForce.access, asAsked ? accessKey : undefined),
    policyDigest: inForce.policyDigest,
    keyGeneration: inForce.keyGeneration,
    issuedAt: inForce.issuedAt,
    ...(inForce.nextRotationAt !== undefined && { nextRotationAt: inForce.nextRotationAt }),
    previousKeys: [...inForce.previous],
  };
}

function labelOf(accessKey: AccessKey): string {
  return plainLabel(accessKey.spec.label ?? accessKey.metadata.name);
}

/**
 * Returns what is in force, bucket by bucket. A `none` that the spec asks for appears too, if the spec is in
 * force.
 */
function permissionsOf(access: GrantedAccess, asked: AccessKey | undefined): EffectivePermission[] {
  if (access.kind === 'unrestricted') return [{ bucketName: '*', permissions: 'unrestricted' }];
  const entries = access.entries.map(
    ({ bucketName, permissions, prefixes, deletion }): EffectivePermission => ({
      bucketName,
      permissions,
      ...(deletion === false && { deletion }),
      ...(prefixes.length > 0 && { prefixes: [...prefixes] }),
    }),
  );
  const none = (asked?.spec.bucketAccess ?? [])
    .filter((entry) => entry.permissions === 'none')
    .map(({ bucketName }): EffectivePermission => ({ bucketName, permissions: 'none' }));
  return [...entries, ...none].sort((a, b) => (a.bucketName < b.bucketName ? -1 : 1));
}

function withoutConditions(status: AccessKeyStatus | undefined): Partial<AccessKeyStatus> {
  const {
    conditions: _,
    observedGeneration: __,
    expiresAt: ___,
    ...rest
  } = status ?? { observedGeneration: -1 };
  return rest;
}
