import { isExactlyOurs, type Observed } from './observed.ts';
import { issuedAtOf, type PreviousKey, previousKeysOf, type SecretFacts } from './secret.ts';

/** How long a replaced pair goes on working. */
export const GRACE_MS = 24 * 3_600_000;
/** No grace is longer, whatever an annotation says. */
const MAX_GRACE_MS = 168 * 3_600_000;
const MAX_PREVIOUS = 3;

/** The previous keys that a Secret records, none of them living longer than the longest grace after the current pair. */
export function recordedPreviousKeys(facts: SecretFacts, now: number): PreviousKey[] {
  const issuedAt = Math.min(Date.parse(issuedAtOf(facts) ?? ''), now);
  const latest = (Number.isFinite(issuedAt) ? issuedAt : now) + MAX_GRACE_MS;
  return previousKeysOf(facts).map((key) =>
    Date.parse(key.revokeAt) <= latest ? key : { ...key, revokeAt: new Date(latest).toISOString() },
  );
}

/** Those whose time has come at `now` (ms since 1970). */
export function duePreviousKeys(keys: readonly PreviousKey[], now: number): PreviousKey[] {
  return keys.filter((key) => Date.parse(key.revokeAt) <= now);
}

/**
 * The previous keys after a new pair: those before, and the pair that was in force until now (by the Secret or,
 * where that is gone, by the status), if the store shows it as this AccessKey's. At most 3; the oldest goes first.
 */
export function nextPreviousKeys(o: Observed, recorded: readonly PreviousKey[], now: number): PreviousKey[] {
  const revokeAt = new Date(now + GRACE_MS).toISOString();
  const replaced = [o.accessKey.status?.accessKeyId, o.secret?.facts.accessKeyId]
    .filter((id) => id !== undefined)
    .map((accessKeyId) => ({ accessKeyId, revokeAt }));
  const byId = new Map(
    [...replaced, ...(o.accessKey.status?.previousKeys ?? []), ...recorded].map((key) => [
      key.accessKeyId,
      key,
    ]),
  );
  return [...byId.values()]
    .filter(
      (key) => Date.parse(key.revokeAt) > now && isExactlyOurs(o.users.get(key.accessKeyId), o.policyName),
    )
    .map((key) => (Date.parse(key.revokeAt) <= now + MAX_GRACE_MS ? key : { ...key, revokeAt }))
    .sort((a, b) => Date.parse(b.revokeAt) - Date.parse(a.revokeAt))
    .slice(0, MAX_PREVIOUS);
}
