import { askedVerdict } from '../policy/desired-policy.ts';
import { restingReason } from '../rotation/lifetime.ts';
import { type CachedState, cachedAge } from './cached-state.ts';
import {
  AT_REST_CHECKS,
  type Check,
  IN_FORCE_CHECKS,
  policyDiffers,
  STATUS_CHECKS,
  type Subject,
} from './checks.ts';

/**
 * Returns why a key needs a sync, or undefined if it is up to date as far as the caches show. An up-to-date
 * key has been synced, and nothing that the operator watches has changed since. Sweep and policy check cover
 * what it can't watch: users and documents in the store.
 */
export function syncReason(state: CachedState): string | undefined {
  const subject = subjectOf(state);
  for (const check of chainFor(state)) {
    const reason = check(subject);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

function chainFor({ accessKey, now }: CachedState): readonly Check[] {
  if (restingReason(accessKey, now) === undefined) return IN_FORCE_CHECKS;
  // A disabled key that never had a pair has nothing outside.
  return accessKey.status.accessKeyId === undefined ? STATUS_CHECKS : AT_REST_CHECKS;
}

/**
 * True if the last written policy gives the key just what it asks for, by the store's grants and settings
 * now.
 */
export function isAsGranted(state: CachedState): boolean {
  const subject = subjectOf(state);
  return subject.verdict?.granted === true && policyDiffers(subject) === undefined;
}

function subjectOf(state: CachedState): Subject {
  const { accessKey, store } = state;
  return { ...state, age: cachedAge(state), verdict: store && askedVerdict(accessKey, store.grants) };
}
