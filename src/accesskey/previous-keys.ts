import type { AccessKey } from '../api/accesskey.ts';
import { isInherited } from './conflict.ts';
import { isExactlyOurs, type Observed } from './observed.ts';
import { graceMs } from './rotation.ts';
import { issuedAtOf, type PreviousKey, previousKeysOf, type SecretFacts } from './secret.ts';

const MAX_PREVIOUS = 3;

/** The previous keys that a Secret records, none of them living longer than the grace after the current pair (rule 13). */
export function recordedPreviousKeys(accessKey: AccessKey, facts: SecretFacts, now: number): PreviousKey[] {
  const issuedAt = Math.min(Date.parse(issuedAtOf(facts) ?? ''), now);
  const latest = (Number.isFinite(issuedAt) ? issuedAt : now) + graceMs(accessKey);
  return previousKeysOf(facts).map((key) =>
    Date.parse(key.revokeAt) <= latest ? key : { ...key, revokeAt: new Date(latest).toISOString() },
  );
}

/** Those whose time has come at `now` (ms since 1970). */
export function duePreviousKeys(keys: readonly PreviousKey[], now: number): PreviousKey[] {
  return keys.filter((key) => Date.parse(key.revokeAt) <= now);
}

/**
 * Every pair that the store still shows as this AccessKey's and that isn't the current one, though it was published
 * once: those that the Secret or the status records, and the one that Secret or status named as the current one until
 * now, which gets the whole grace. The latest end comes first.
 * @param current the id that is or will be published; undefined for one that isn't made yet
 */
export function replacedKeys(
  o: Observed,
  recorded: readonly PreviousKey[],
  current: string | undefined,
): PreviousKey[] {
  const revokeAt = new Date(o.now + graceMs(o.accessKey)).toISOString();
  const named = [o.accessKey.status.accessKeyId, o.secret?.facts.accessKeyId]
    .filter((id) => id !== undefined)
    .map((accessKeyId) => ({ accessKeyId, revokeAt }));
  const known = [...named, ...(o.accessKey.status.previousKeys ?? []), ...recorded];
  return [...new Map(known.map((key) => [key.accessKeyId, key])).values()]
    .filter(
      ({ accessKeyId }) =>
        accessKeyId !== current &&
        !isInherited(o, accessKeyId) &&
        isExactlyOurs(o.users.get(accessKeyId), o.policyName),
    )
    .map((key) => (Date.parse(key.revokeAt) <= Date.parse(revokeAt) ? key : { ...key, revokeAt }))
    .sort(
      (a, b) => Date.parse(b.revokeAt) - Date.parse(a.revokeAt) || (a.accessKeyId < b.accessKeyId ? -1 : 1),
    );
}

/** The others: too many, or their time has come. */
export function endedKeys(
  o: Pick<Observed, 'now' | 'clockTrusted'>,
  replaced: readonly PreviousKey[],
): PreviousKey[] {
  const living = livingKeys(o, replaced);
  return replaced.filter((key) => !living.includes(key));
}

/** Those that may live on: at most three, and none whose time has come, if the clock can be trusted to say so. */
export function livingKeys(
  o: Pick<Observed, 'now' | 'clockTrusted'>,
  replaced: readonly PreviousKey[],
): PreviousKey[] {
  const due = o.clockTrusted ? duePreviousKeys(replaced, o.now) : [];
  return replaced.filter((key) => !due.includes(key)).slice(0, MAX_PREVIOUS);
}
