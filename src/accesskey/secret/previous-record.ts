import { ANNOTATION_PREVIOUS_KEYS } from '../../api/names.ts';
import { asTime } from '../../api/time.ts';
import type { SecretFacts } from './facts.ts';

/** A replaced pair, and when the operator removes its user from the store (RFC 3339). */
export interface PreviousKey {
  readonly accessKeyId: string;
  readonly revokeAt: string;
}

/**
 * The maximum number of replaced pairs that keep working. The operator revokes more before their grace is
 * over.
 */
export const MAX_PREVIOUS_KEYS = 3;

/**
 * The maximum length of a record that the operator reads, in UTF-16 units. Its own records have at most some
 * 600.
 */
const MAX_RECORD_LENGTH = 1_024;

/**
 * Returns the previous keys that the publishing write recorded, each once. Anyone who can edit the Secret may
 * have written them. A record that is too long, and an entry that the operator can't read, count for nothing.
 */
export function previousKeysOf(facts: SecretFacts): PreviousKey[] {
  const text = recordOf(facts);
  if (text === undefined || text.length > MAX_RECORD_LENGTH) return [];
  const keys = new Map<string, PreviousKey>();
  for (const value of listIn(text)) {
    const key = previousKey(value);
    if (key && !keys.has(key.accessKeyId)) keys.set(key.accessKeyId, key);
  }
  return [...keys.values()];
}

/** True if somebody other than the operator wrote the record: it isn't the text that its keys would give. */
export function isRecordEdited(facts: SecretFacts): boolean {
  const text = recordOf(facts);
  if (text === undefined) return false;
  const keys = previousKeysOf(facts);
  return keys.length > MAX_PREVIOUS_KEYS || text !== recordText(keys);
}

/** Returns the annotation's text for these keys. */
export function recordText(keys: readonly PreviousKey[]): string {
  return JSON.stringify(keys);
}

function recordOf({ metadata }: SecretFacts): string | undefined {
  return metadata.annotations?.[ANNOTATION_PREVIOUS_KEYS];
}

function listIn(text: string): readonly unknown[] {
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) ? list : [];
  } catch {
    return [];
  }
}

/**
 * Returns a previous key in the operator's own form. Otherwise one fault in the annotation would make the API
 * server refuse the whole status.
 */
function previousKey(value: unknown): PreviousKey | undefined {
  const { accessKeyId, revokeAt } = (value ?? {}) as Partial<Record<keyof PreviousKey, unknown>>;
  const time = asTime(revokeAt);
  return typeof accessKeyId === 'string' && time !== undefined ? { accessKeyId, revokeAt: time } : undefined;
}
