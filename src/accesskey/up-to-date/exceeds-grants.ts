import { decodeMark } from '../../ownership/mark.ts';
import type { StoredPolicy } from '../../provider/provider.ts';
import { desiredDocument } from '../policy/desired-policy.ts';
import { evaluateGrants } from '../policy/grants.ts';
import { accessInForce } from '../policy/stored-policy.ts';
import { isWithin } from '../policy/within.ts';
import type { CachedState } from './cached-state.ts';

/**
 * True if the stored policy allows more than the store's grants and settings give the key now. What the key
 * asks for doesn't matter: nobody keeps withdrawn access by a pause.
 */
export function exceedsGrants(
  { accessKey, cluster, store }: CachedState,
  stored: StoredPolicy | undefined,
): boolean {
  if (!store || !stored) return false;
  const mark = decodeMark(stored.id);
  const access = mark && accessInForce(stored, store.observed.actions);
  if (!access) return true;
  const verdict = evaluateGrants(store.grants, access);
  if (!verdict.granted) return true;
  if (mark.flags.has('retained') && !verdict.mayRetain) return true;
  const owner = { cluster, accessKey, store: store.observed };
  return !isWithin(stored.document, desiredDocument(owner, verdict.access, verdict.mayCreate, {}));
}
