import { isAnswered, KubeError } from '../../kube/errors.ts';
import { refusalKind, refusalText } from '../../kube/refusal.ts';
import type { Unread } from './observed.ts';

/** True if the API server refuses a read, or doesn't answer it in time. */
export function isUnread(error: unknown): error is KubeError {
  return isAnswered(error) || (error instanceof KubeError && error.kind === 'timeout');
}

/** Returns what the API server's refusal or silence means for a plan. */
export function unreadBy(error: KubeError): Unread {
  const kind = refusalKind(error);
  return {
    error,
    message: kind === undefined ? error.message : refusalText(error, kind),
    lasts: kind !== undefined,
  };
}
