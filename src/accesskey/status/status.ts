import { isDeepStrictEqual } from 'node:util';
import { conditionBeside, type Reason } from '../../api/reasons.ts';
import type { AccessKey, AccessKeyStatus, EffectivePermission } from '../../api/schema/accesskey.ts';
import { wholeSeconds } from '../../api/time.ts';
import { plainLabel } from '../../ownership/mark.ts';
import { summarizeAccess } from '../policy/access.ts';
import type { GrantedAccess } from '../policy/grants.ts';
import { secretNameOf } from '../secret/facts.ts';
import type { PreviousKey } from '../secret/previous-record.ts';
import { ignoredNote } from './unreadable.ts';

/** What holds once the steps are done, for the status. */
export interface InForce {
  readonly accessKeyId: string;
  readonly access: GrantedAccess;
  readonly issuedAt: string;
  readonly keyGeneration: number;
  readonly previous: readonly PreviousKey[];
  readonly policyDigest: string;
  /** RFC 3339; absent where the pair isn't replaced by itself. */
  readonly nextRotationAt?: string;
}

/** What came of a reconcile: the Ready condition's reason and message, and what is in force now, if that was found out. */
export interface Outcome {
  readonly reason: Reason;
  readonly message: string;
  /** null: nothing is in force any more. */
  readonly inForce?: InForce | null;
}

/** A status' messages are short: the API server takes 32 KiB, a person much less. */
const MAX_MESSAGE = 1_024;

/**
 * The status after an outcome (kstatus: sigs.k8s.io/cli-utils, pkg/kstatus): Ready always, Reconciling or Stalled
 * while it is False. What isn't known anew stays as it was, since it is what may still be in force. The same
 * outcome gives the same status, the times of transition included.
 */
export function statusAfter(accessKey: AccessKey, outcome: Outcome, now: number): AccessKeyStatus {
  const generation = accessKey.metadata.generation ?? 0;
  const ready = outcome.reason === 'Issued';
  // Cut, but never through a character: the API server would give back another text each time.
  const note = ignoredNote(accessKey);
  const message = `${outcome.message.slice(0, MAX_MESSAGE - note.length).toWellFormed()}${note}`;
  const beside = conditionBeside(outcome.reason);
  const conditions = ['Ready', ...(beside ? [beside] : [])].map((type) => {
    const status = type === 'Ready' && !ready ? 'False' : 'True';
    const before = accessKey.status?.conditions?.find((condition) => condition.type === type);
    return {
      type,
      status: status as 'True' | 'False',
      reason: outcome.reason,
      message,
      observedGeneration: generation,
      lastTransitionTime: before?.status === status ? before.lastTransitionTime : wholeSeconds(now),
    };
  });
  const { inForce } = outcome;
  const known =
    inForce === null
      ? { label: labelOf(accessKey) }
      : inForce
        ? inForceStatus(accessKey, inForce, ready)
        : withoutConditions(accessKey.status);
  // Its Secret is removed first: nobody is to bind to what is being revoked.
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

/** The merge patch that turns one status into another; undefined where they are the same. */
export function statusPatch(before: AccessKeyStatus | undefined, after: AccessKeyStatus): object | undefined {
  if (isDeepStrictEqual(before, after)) return undefined;
  const gone = Object.keys(before ?? {}).filter((key) => !(key in after));
  return { ...after, ...Object.fromEntries(gone.map((key) => [key, null])) };
}

/** The reason of the Ready condition; undefined where there is none yet. */
export function readyReason(accessKey: AccessKey): string | undefined {
  return accessKey.status?.conditions?.find((condition) => condition.type === 'Ready')?.reason;
}

const AT_REST: ReadonlySet<string> = new Set(['Issued', 'Disabled', 'Expired', 'Paused']);

/** True if the key is as its spec says, as far as its status tells: nothing is to be done until something changes. */
export function isAtRest(accessKey: AccessKey): boolean {
  const { metadata, status } = accessKey;
  if (metadata.deletionTimestamp || status?.observedGeneration !== metadata.generation) return false;
  return AT_REST.has(readyReason(accessKey) ?? '');
}

function inForceStatus(
  accessKey: AccessKey,
  inForce: InForce,
  asAsked: boolean,
): Omit<AccessKeyStatus, 'observedGeneration'> {
  return {
    label: labelOf(accessKey),
    accessKeyId: inForce.accessKeyId,
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

/** In force, bucket by bucket; what was asked as `none` is shown too where the spec is what is in force. */
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
