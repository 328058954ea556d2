import type { Failure, Rights } from '../ui/protocol.ts';
import { useLoad } from './use-load.ts';

const NONE: Rights = { create: false, change: false, revoke: false, pairs: false };

interface KnownRights extends Rights {
  /** False until the answer is there. */
  readonly known: boolean;
  readonly failure: Failure | undefined;
}

/**
 * Asks what the user may do in a namespace, or with `undefined` in every one; nothing until that is known.
 */
export function useRights(namespace: string | undefined): KnownRights {
  const query = namespace === undefined ? '' : `?namespace=${encodeURIComponent(namespace)}`;
  const { value, failure } = useLoad<Rights>(namespace === '' ? undefined : `/api/rights${query}`);
  return { ...(value ?? NONE), known: value !== undefined, failure };
}
