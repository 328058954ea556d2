import type { AccessKey } from '../api/accesskey.ts';
import { parseDurationMs } from '../api/duration.ts';
import { ANNOTATION_ROTATE_AT } from '../api/names.ts';
import { issuedAtOf, keyGenerationOf, type SecretFacts } from './secret.ts';

const DEFAULT_GRACE_MS = 24 * 3_600_000;
/** No grace is longer, whatever a spec from before a rule says. */
export const MAX_GRACE_MS = 168 * 3_600_000;

/** How long a pair that was replaced goes on working, in ms. */
export function graceMs({ spec }: AccessKey): number {
  const asked = spec.rotation && parseDurationMs(spec.rotation.gracePeriod);
  return Math.min(asked ?? DEFAULT_GRACE_MS, MAX_GRACE_MS);
}

/** The generation that the spec asks for. */
export function wantedGeneration({ spec }: AccessKey): number {
  return spec.keyGeneration ?? 1;
}

/** The generation that a published pair was made for; where nothing says, the one that is asked for now. */
export function publishedGeneration(accessKey: AccessKey, facts: SecretFacts): number {
  return keyGenerationOf(facts) ?? accessKey.status.keyGeneration ?? wantedGeneration(accessKey);
}

/** Why the published pair is to be replaced at `now` (ms since 1970), if it is. A time counts only by a clock that is trusted. */
export function rotationDue(
  accessKey: AccessKey,
  facts: SecretFacts,
  now: number,
  clockTrusted: boolean,
): string | undefined {
  if (wantedGeneration(accessKey) > publishedGeneration(accessKey, facts)) return 'spec.keyGeneration rose';
  const at = rotateAt(accessKey);
  const issuedAt = Date.parse(issuedAtOf(facts) ?? '');
  return at !== undefined && clockTrusted && at <= now && !(issuedAt >= at)
    ? `the annotation ${ANNOTATION_ROTATE_AT} says so`
    : undefined;
}

/** The time of the annotation rotate-at, in ms since 1970; undefined where there is none, or no time. */
export function rotateAt({ metadata }: AccessKey): number | undefined {
  const time = Date.parse(metadata.annotations?.[ANNOTATION_ROTATE_AT] ?? '');
  return Number.isNaN(time) ? undefined : time;
}
