import { ANNOTATION_PREVIOUS_KEYS } from '../../api/names.ts';
import { asTime } from '../../api/time.ts';
import type { SecretFacts } from './facts.ts';

/** A pair that was replaced, and when its user is removed from the store (RFC 3339). */
export interface PreviousKey {
  readonly accessKeyId: string;
  readonly revokeAt: string;
}

/** The most pairs that go on working after they were replaced. More are revoked before their grace is over. */
export const MAX_PREVIOUS_KEYS = 3;

/** The longest record that is read, in UTF-16 units: of the operator's own making the longest has some 600. */
const MAX_RECORD_LENGTH = 1_024;

/**
 * Returns the previous keys that the publishing write recorded, each once. Anybody who can edit the Secret may have
 * written them. A record that is too long, and an entry that cannot be read, count for nothing.
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

/** True if somebody else than the operator wrote the record: it is not the text that its keys would give. */
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

/** In the operator's own form, whatever the annotation holds: one fault in it would refuse the whole status. */
function previousKey(value: unknown): PreviousKey | undefined {
  const { accessKeyId, revokeAt } = (value ?? {}) as Partial<Record<keyof PreviousKey, unknown>>;
  const time = asTime(revokeAt);
  return typeof accessKeyId === 'string' && time !== undefined ? { accessKeyId, revokeAt: time } : undefined;
}
