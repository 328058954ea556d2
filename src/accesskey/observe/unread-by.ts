import type { KubeError } from '../../kube/errors.ts';
import { refusalKind, refusalText } from '../../kube/refusal.ts';
import type { Unread } from './observed.ts';

/** Returns what the API server's refusal of a read means for a plan. */
export function unreadBy(error: KubeError): Unread {
  const kind = refusalKind(error);
  return {
    error,
    message: kind === undefined ? error.message : refusalText(error, kind),
    lasts: kind !== undefined,
  };
}
