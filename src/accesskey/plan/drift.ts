import type { DriftKind } from '../../api/drift-kinds.ts';
import { isExactlyOurs } from '../../ownership/attached-to.ts';
import type { Observed } from '../observe/observed.ts';
import { isAsPublished, secretNameOf } from '../secret/facts.ts';
import { readyReason } from '../status/status.ts';

/**
 * Returns the kinds of drift of a key that was in force. Each is found once, because a plan repairs it or the
 * key's reason is no longer Issued. What a change of the spec causes is no drift.
 */
export function driftOf(o: Observed): DriftKind[] {
  const { status, metadata } = o.accessKey;
  const id = status?.accessKeyId;
  if (o.unread || id === undefined || readyReason(o.accessKey) !== 'Issued') return [];
  const asAsked = status.observedGeneration === metadata.generation;
  return [...userDrift(o, id), ...(asAsked ? policyDrift(o) : []), ...secretDrift(o)];
}

function userDrift({ users, policyName }: Observed, id: string): DriftKind[] {
  if (!users.has(id)) return [];
  const user = users.get(id);
  if (!user) return ['user_missing'];
  return [
    ...(isExactlyOurs(user, policyName) ? [] : (['user_policies'] as const)),
    ...(user.enabled ? [] : (['user_disabled'] as const)),
  ];
}

function policyDrift({ policy, accessKey, store }: Observed): DriftKind[] {
  if (!policy) return ['policy_missing'];
  return store.form.digestOf(policy) === accessKey.status.policyDigest ? [] : ['policy_edited'];
}

/** Returns the drift of the pair alone. The operator rewrites a Secret for many reasons. */
function secretDrift({ secret, elsewhere, accessKey }: Observed): DriftKind[] {
  if (secret) return isAsPublished(secret.facts) ? [] : ['secret_edited'];
  return elsewhere.length === 0 && accessKey.status.secretName === secretNameOf(accessKey)
    ? ['secret_missing']
    : [];
}
