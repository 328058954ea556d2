import { decodeMark } from '../../ownership/mark.ts';
import type { StoredPolicy } from '../../provider/policy.ts';
import { desiredPolicy } from '../policy/desired-policy.ts';
import { evaluateGrants } from '../policy/grants.ts';
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
  const mark = decodeMark(stored.mark);
  const { form } = store.observed;
  const inForce = mark && form.read(stored);
  if (!inForce) return true;
  const verdict = evaluateGrants(store.grants, inForce.access);
  if (!verdict.granted) return true;
  if (mark.flags.has('retained') && !verdict.mayRetain) return true;
  const owner = { cluster, accessKey, store: store.observed };
  const granted = desiredPolicy(owner, verdict.access, verdict.mayCreate, {});
  return !form.isWithin(stored, form.render(granted));
}
