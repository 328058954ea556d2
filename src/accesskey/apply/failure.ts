import type { Reason } from '../../api/reasons.ts';
import type { AccessKey } from '../../api/schema/accesskey.ts';
import { KubeError } from '../../kube/errors.ts';
import { refusalKind, refusalText } from '../../kube/refusal.ts';
import { NotRemovedError } from '../../ownership/remove-user.ts';
import { StoreError, type StoreErrorKind } from '../../provider/errors.ts';
import type { Outcome } from '../status/status.ts';
import { NotVerifiedError } from './apply.ts';
import type { Pass } from './pass.ts';

const STORE_REASONS: Readonly<Record<Exclude<StoreErrorKind, 'aborted' | 'fenced'>, Reason>> = {
  absent: 'StoreRejected',
  inUse: 'StoreConflict',
  bucketTaken: 'BucketNotCreated',
  taken: 'StoreConflict',
  refused: 'StoreRejected',
  credentials: 'StoreNotReady',
  invalid: 'StoreRejected',
  unreachable: 'StoreUnreachable',
  busy: 'StoreUnreachable',
};

/** The meaning of a failed pass. */
export interface Failure {
  /**
   * The status to write. Undefined if the failure says nothing about the key; the operator then only retries
   * the pass.
   */
  readonly outcome: Outcome | undefined;
  /** True if the store's own state is in doubt, so the operator should reconcile the store. */
  readonly isStoreInDoubt: boolean;
  /** True if a write to the store had no answer and may still take effect. */
  readonly mayComeLate: boolean;
}

/**
 * Classifies what a pass threw. This one place decides what an error means for the status and for the next
 * steps.
 */
export function classify(error: unknown, pass: Pick<Pass, 'accessKey' | 'doing' | 'upToDate'>): Failure {
  const kind = error instanceof StoreError ? error.kind : undefined;
  return {
    outcome: outcomeOf(error, pass),
    isStoreInDoubt: kind === 'unreachable' || kind === 'credentials',
    mayComeLate: isStoreWriteOpen(error, pass.doing),
  };
}

/**
 * True if the next try should go on with what the store has done. A write without an answer may take effect
 * yet, and a store that is overloaded has enough to do.
 */
export function isToBeContinued(error: unknown, doing: Pass['doing']): boolean {
  return isStoreWriteOpen(error, doing) || (error instanceof StoreError && error.kind === 'busy');
}

/** True if the result of a write to the store is unknown, so the write may still take effect. */
function isStoreWriteOpen(error: unknown, doing: Pass['doing']): boolean {
  if (doing !== 'writingToStore' || !(error instanceof StoreError)) return false;
  return error.kind === 'unreachable' || error.kind === 'aborted';
}

function outcomeOf(
  error: unknown,
  { accessKey, doing, upToDate }: Pick<Pass, 'accessKey' | 'doing' | 'upToDate'>,
): Outcome | undefined {
  if (error instanceof NotVerifiedError) return { reason: 'NotVerified', message: error.message };
  if (error instanceof NotRemovedError) return { reason: 'StoreRejected', message: error.message };
  if (error instanceof StoreError) {
    if (error.kind === 'aborted' || error.kind === 'fenced') return undefined;
    const reason = STORE_REASONS[error.kind];
    // An outage doesn't change a key in force (rule 8).
    return upToDate && reason === 'StoreUnreachable' ? undefined : { reason, message: error.message };
  }
  if (error instanceof KubeError) {
    const refused = refusalKind(error);
    if (refused === undefined || upToDate) return undefined;
    const reason = doing === 'writingSecret' ? 'SecretRejected' : 'KubernetesRefused';
    return { reason, message: refusalText(error, refused) };
  }
  return unforeseen(accessKey);
}

/** Returns the outcome of an internal error, if the key's status shows no other reason for its wait. */
function unforeseen({ metadata, status }: AccessKey): Outcome | undefined {
  const message = 'an attempt failed, and the operator retries it; its log says why';
  if (metadata.deletionTimestamp) return { reason: 'Deleting', message };
  return status.accessKeyId === undefined ? { reason: 'Issuing', message } : undefined;
}
