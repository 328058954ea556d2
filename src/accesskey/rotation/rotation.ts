import { hash } from 'node:crypto';
import { parseDurationMs } from '../../api/duration.ts';
import { ANNOTATION_ROTATE_AT } from '../../api/names.ts';
import type { AccessKey } from '../../api/schema/accesskey.ts';
import { asTime, wholeSeconds } from '../../api/time.ts';
import { issuedAtOf, keyGenerationOf, type SecretFacts } from '../secret/facts.ts';
import { expiryOf } from './lifetime.ts';
import { type PairWitnesses, pairTime } from './pair-age.ts';

const HOUR_MS = 3_600_000;
const DEFAULT_GRACE_MS = 24 * HOUR_MS;
/** No grace is longer, whatever a spec from before a rule says. */
const MAX_GRACE_MS = 168 * HOUR_MS;
/** No interval is shorter, for the same reason. */
const MIN_INTERVAL_MS = HOUR_MS;
/** By how much of its period a rotation may come early, so that keys which were made together don't rotate together. */
const JITTER = 0.1;

/**
 * How long a pair that was replaced goes on working, in ms.
 * @param maxAgeMs the longest that the store's grants let a pair live; undefined where they don't say
 */
export function graceMs({ spec }: AccessKey, maxAgeMs: number | undefined): number {
  const asked = spec.rotation && parseDurationMs(spec.rotation.gracePeriod);
  return Math.min(asked ?? DEFAULT_GRACE_MS, MAX_GRACE_MS, (maxAgeMs ?? Number.POSITIVE_INFINITY) / 2);
}

/** The generation that the spec asks for. */
export function wantedGeneration({ spec }: AccessKey): number {
  return spec.keyGeneration ?? 1;
}

/** The generation that a published pair was made for; where nothing says, the one that is asked for now. */
export function publishedGeneration(accessKey: AccessKey, facts: SecretFacts): number {
  return keyGenerationOf(facts) ?? accessKey.status.keyGeneration ?? wantedGeneration(accessKey);
}

/** A published pair, and the limit of its age. */
export interface PairAge extends PairWitnesses {
  readonly maxAgeMs: number | undefined;
}

/** Why a pair is to be replaced; `byTime`: only by a clock that is trusted. */
export interface Due {
  readonly why: string;
  readonly byTime: boolean;
}

/** Why the published pair is to be replaced now, if it is. */
export function rotationDue(age: PairAge): Due | undefined {
  const { accessKey, facts, now } = age;
  if (wantedGeneration(accessKey) > publishedGeneration(accessKey, facts)) {
    return { why: 'spec.keyGeneration rose', byTime: false };
  }
  const at = rotateAt(accessKey);
  if (at !== undefined && at <= now && !(Date.parse(issuedAtOf(facts) ?? '') >= at)) {
    return { why: `the annotation ${ANNOTATION_ROTATE_AT} says so`, byTime: true };
  }
  if (periodEnd(age, age.maxAgeMs, intervalMs(accessKey)) > now) return undefined;
  const byAge = periodEnd(age, age.maxAgeMs, Number.POSITIVE_INFINITY) <= now;
  return {
    why: byAge ? "it comes to the age that the store's grants allow" : 'spec.rotation.interval is over',
    byTime: true,
  };
}

/** When the pair is to be replaced, in ms since 1970; Infinity for never. One that is due has a time that is past. */
export function rotationTime(age: PairAge): number {
  const { accessKey, facts, maxAgeMs } = age;
  if (wantedGeneration(accessKey) > publishedGeneration(accessKey, facts)) return Number.NEGATIVE_INFINITY;
  const at = rotateAt(accessKey);
  const done = at === undefined || Date.parse(issuedAtOf(facts) ?? '') >= at;
  return Math.min(done ? Number.POSITIVE_INFINITY : at, periodEnd(age, maxAgeMs, intervalMs(accessKey)));
}

/** The same by what the store's grants allow alone: a time that no spec, annotation or pause puts off. */
export function forcedRotationTime(age: PairAge): number {
  return periodEnd(age, age.maxAgeMs, Number.POSITIVE_INFINITY);
}

/** When the pair is to be gone at the latest, in ms since 1970: no pair lives longer than the store's grants allow. */
export function latestEnd(age: PairAge): number {
  return age.maxAgeMs === undefined ? Number.POSITIVE_INFINITY : pairTime(age) + age.maxAgeMs;
}

/**
 * What the status says of the next rotation, RFC 3339 in whole seconds; undefined for none, or one after the key's end.
 * @param issuedAt the recorded time of the pair with that id, so that the same pair always gives the same
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

/** RFC 3339 has years of four digits. */
const MAX_DATE_MS = Date.parse('9999-12-31T23:59:59Z');

/** The time of the annotation rotate-at, in ms since 1970; undefined where there is none, or no time. */
function rotateAt({ metadata }: AccessKey): number | undefined {
  const time = asTime(metadata.annotations?.[ANNOTATION_ROTATE_AT]);
  return time === undefined ? undefined : Date.parse(time);
}

/** spec.rotation.interval, in ms; Infinity where there is none. */
function intervalMs({ spec }: AccessKey): number {
  const asked = spec.rotation?.interval === undefined ? undefined : parseDurationMs(spec.rotation.interval);
  return asked === undefined ? Number.POSITIVE_INFINITY : Math.max(asked, MIN_INTERVAL_MS);
}

function periodEnd(age: PairAge, maxAgeMs: number | undefined, interval: number): number {
  return pairTime(age) + periodMs(age.accessKey, age.facts.accessKeyId ?? '', maxAgeMs, interval);
}

/** How long a pair stays: the interval, but so that its grace ends within the age that is allowed; less its jitter. */
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

/** A number in (0, 1] that is the same for the same pair: every look gives the same time. */
function fractionOf(uid: string, accessKeyId: string): number {
  const digest = hash('sha256', `rotation\0${uid}\0${accessKeyId}`, 'buffer');
  return (digest.readUInt32BE(0) + 1) / 2 ** 32;
}
