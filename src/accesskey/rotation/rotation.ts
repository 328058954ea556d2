import { hash } from 'node:crypto';
import { parseDurationMs } from '../../api/duration.ts';
import { ANNOTATION_ROTATE_AT } from '../../api/names.ts';
import type { AccessKey } from '../../api/schema/accesskey.ts';
import { asTime, wholeSeconds } from '../../api/time.ts';
import { issuedAtOf, keyGenerationOf, type SecretFacts } from '../secret/facts.ts';
import { expiryOf } from './lifetime.ts';
import { type PairAge, pairTime } from './pair-age.ts';

const HOUR_MS = 3_600_000;
const DEFAULT_GRACE_MS = 24 * HOUR_MS;
/** The maximum grace in ms, even if a spec from before a rule says more. */
const MAX_GRACE_MS = 168 * HOUR_MS;
/** The minimum interval in ms, even if a spec from before a rule says less. */
const MIN_INTERVAL_MS = HOUR_MS;
/**
 * The fraction of its period by which a rotation may come early. Keys that were made together then rotate at
 * different times.
 */
const JITTER = 0.1;

/**
 * Returns how long a replaced pair keeps working, in ms.
 * @param maxAgeMs the maximum age of a pair by the store's grants; undefined if they set none
 */
export function graceMs({ spec }: AccessKey, maxAgeMs: number | undefined): number {
  const asked = spec.rotation && parseDurationMs(spec.rotation.gracePeriod);
  return Math.min(asked ?? DEFAULT_GRACE_MS, MAX_GRACE_MS, (maxAgeMs ?? Number.POSITIVE_INFINITY) / 2);
}

/** Returns the generation that the spec asks for. */
export function wantedGeneration({ spec }: AccessKey): number {
  return spec.keyGeneration ?? 1;
}

/**
 * Returns the generation for which a published pair was made or, if no record says it, the one that the spec
 * asks for now.
 */
export function publishedGeneration(accessKey: AccessKey, facts: SecretFacts): number {
  return keyGenerationOf(facts) ?? accessKey.status.keyGeneration ?? wantedGeneration(accessKey);
}

/** The reason to replace a pair. `byTime` means only if the clock is trusted. */
export interface Due {
  readonly why: string;
  readonly byTime: boolean;
}

/** Returns why the operator should replace the published pair now, or undefined. */
export function rotationDue(age: PairAge): Due | undefined {
  const { accessKey, facts, now } = age;
  if (wantedGeneration(accessKey) > publishedGeneration(accessKey, facts)) {
    return { why: 'spec.keyGeneration rose', byTime: false };
  }
  const at = rotateAt(accessKey);
  if (at !== undefined && at <= now && !(Date.parse(issuedAtOf(facts) ?? '') >= at)) {
    return { why: `the annotation ${ANNOTATION_ROTATE_AT} asks for it`, byTime: true };
  }
  if (periodEnd(age, age.maxAgeMs, intervalMs(accessKey)) > now) return undefined;
  const byAge = periodEnd(age, age.maxAgeMs, Number.POSITIVE_INFINITY) <= now;
  return {
    why: byAge ? "it reaches the age that the store's grants allow" : 'spec.rotation.interval has passed',
    byTime: true,
  };
}

/**
 * Returns when to replace the pair, in ms since 1970; Infinity for never. For a pair that is due, the time is
 * past.
 */
export function rotationTime(age: PairAge): number {
  const { accessKey, facts, maxAgeMs } = age;
  if (wantedGeneration(accessKey) > publishedGeneration(accessKey, facts)) return Number.NEGATIVE_INFINITY;
  const at = rotateAt(accessKey);
  const done = at === undefined || Date.parse(issuedAtOf(facts) ?? '') >= at;
  return Math.min(done ? Number.POSITIVE_INFINITY : at, periodEnd(age, maxAgeMs, intervalMs(accessKey)));
}

/**
 * Returns when the store's grants alone require a replacement, in ms since 1970; Infinity for never. No spec,
 * annotation or pause postpones it.
 */
export function forcedRotationTime(age: PairAge): number {
  return periodEnd(age, age.maxAgeMs, Number.POSITIVE_INFINITY);
}

/**
 * Returns the latest time for the pair to end, in ms since 1970: no pair lives longer than the store's grants
 * allow.
 */
export function latestEnd(age: PairAge): number {
  return age.maxAgeMs === undefined ? Number.POSITIVE_INFINITY : pairTime(age) + age.maxAgeMs;
}

/**
 * Returns the status's time of the next rotation, RFC 3339 in whole seconds; undefined for none, or one after
 * the key's end.
 * @param issuedAt the recorded time of the pair with that id, so that the same pair always gives the same
 * time
 */
export function nextRotationAt(
  accessKey: AccessKey,
  { accessKeyId, issuedAt }: { readonly accessKeyId: string; readonly issuedAt: string },
  maxAgeMs: number | undefined,
): string | undefined {
  const made = Date.parse(issuedAt);
  const at = rotateAt(accessKey);
  const next = Math.min(
    at !== undefined && at > made ? at : Number.POSITIVE_INFINITY,
    made + periodMs(accessKey, accessKeyId, maxAgeMs, intervalMs(accessKey)),
  );
  if (next >= Math.min(expiryOf(accessKey), MAX_DATE_MS)) return undefined;
  return wholeSeconds(next);
}

/** The maximum time that RFC 3339 can write: its years have four digits. */
const MAX_DATE_MS = Date.parse('9999-12-31T23:59:59Z');

/**
 * Returns the time of the annotation rotate-at, in ms since 1970; undefined if there is none, or it is no
 * time.
 */
function rotateAt({ metadata }: AccessKey): number | undefined {
  const time = asTime(metadata.annotations?.[ANNOTATION_ROTATE_AT]);
  return time === undefined ? undefined : Date.parse(time);
}

/** Returns spec.rotation.interval in ms; Infinity if there is none. */
function intervalMs({ spec }: AccessKey): number {
  const asked = spec.rotation?.interval === undefined ? undefined : parseDurationMs(spec.rotation.interval);
  return asked === undefined ? Number.POSITIVE_INFINITY : Math.max(asked, MIN_INTERVAL_MS);
}

function periodEnd(age: PairAge, maxAgeMs: number | undefined, interval: number): number {
  return pairTime(age) + periodMs(age.accessKey, age.facts.accessKeyId ?? '', maxAgeMs, interval);
}

/**
 * Returns how long a pair stays, in ms. That is the interval, or less so that the grace ends within the
 * maximum age, minus the jitter.
 */
function periodMs(
  accessKey: AccessKey,
  accessKeyId: string,
  maxAgeMs: number | undefined,
  interval: number,
): number {
  const allowed = maxAgeMs === undefined ? Number.POSITIVE_INFINITY : maxAgeMs - graceMs(accessKey, maxAgeMs);
  const period = Math.min(interval, allowed);
  if (period === Number.POSITIVE_INFINITY) return period;
  return period * (1 - JITTER * fractionOf(accessKey.metadata.uid, accessKeyId));
}

/**
 * Returns a number in (0, 1] that is always the same for the same pair, so that every pass computes the same
 * time.
 */
function fractionOf(uid: string, accessKeyId: string): number {
  const digest = hash('sha256', `rotation\0${uid}\0${accessKeyId}`, 'buffer');
  return (digest.readUInt32BE(0) + 1) / 2 ** 32;
}
