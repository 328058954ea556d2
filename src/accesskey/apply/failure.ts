import type { Reason } from '../../api/reasons.ts';
import type { AccessKey } from '../../api/schema/accesskey.ts';
import { isForbidden, isInvalid, KubeError } from '../../kube/errors.ts';
import { NotRemovedError } from '../../ownership/remove-user.ts';
import { StoreError, type StoreErrorKind } from '../../provider/errors.ts';
import type { Step } from '../plan/step.ts';
import type { Outcome } from '../status/status.ts';
import { NotVerifiedError } from './apply.ts';

const STORE_REASONS: Readonly<Record<Exclude<StoreErrorKind, 'aborted' | 'fenced'>, Reason>> = {
  absent: 'StoreRejected',
  inUse: 'StoreConflict',
  refused: 'StoreRejected',
  credentials: 'StoreNotReady',
  invalid: 'StoreRejected',
  unreachable: 'StoreUnreachable',
  busy: 'StoreUnreachable',
};

/**
 * What a failure means for an AccessKey's status; undefined where it says nothing of the key (the API server is
 * away, a conflict of versions, the operator's own end): then the reconcile is only tried again.
 * @param step the step that failed, if one did
 * @param settled whether the key was in force with nothing to do: an outage of its store says nothing of it (rule 8)
 */
export function outcomeOfFailure(
  error: unknown,
  { metadata, status }: AccessKey,
  step?: Step,
  settled = false,
): Outcome | undefined {
  if (error instanceof NotVerifiedError) return { reason: 'NotVerified', message: error.message };
  if (error instanceof NotRemovedError) return { reason: 'StoreRejected', message: error.message };
  if (error instanceof StoreError) {
    if (error.kind === 'aborted' || error.kind === 'fenced') return undefined;
    const reason = STORE_REASONS[error.kind];
    return settled && reason === 'StoreUnreachable' ? undefined : { reason, message: error.message };
  }
  if (isPublishRefusal(error, step)) {
    return {
      reason: 'SecretRejected',
      message: `${(error as Error).message}; look at the namespace's quota and admission policies`,
    };
  }
  if (error instanceof KubeError) return undefined;
  const message = "an attempt failed, and is made again; the operator's log says why";
  if (metadata.deletionTimestamp) return { reason: 'Deleting', message };
  return status.accessKeyId === undefined ? { reason: 'Issuing', message } : undefined;
}

/** Whether the API server has refused the Secret for what it is, so that it certainly wasn't written. */
function isPublishRefusal(error: unknown, step: Step | undefined): boolean {
  const writes = step?.do === 'publish' || step?.do === 'tryPublish' || step?.do === 'fence';
  return writes && (isForbidden(error) || isInvalid(error));
}

/** Whether the API server has answered that it didn't do what it was asked: nothing of it can show up later. */
export function wasNotWritten(error: unknown): boolean {
  return error instanceof KubeError && error.kind === 'answered' && error.status >= 400 && error.status < 500;
}

/** Whether nobody knows what came of a call to the store: if it was to write, it may do so yet. */
export function mayComeLate(error: unknown): boolean {
  return error instanceof StoreError && (error.kind === 'unreachable' || error.kind === 'aborted');
}

/** Whether the store's own state is in doubt, so that its reconcile should look at it. */
export function isStoreFault(error: unknown): boolean {
  return error instanceof StoreError && (error.kind === 'unreachable' || error.kind === 'credentials');
}
