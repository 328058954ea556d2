import type { AccessKey } from '../../api/schema/accesskey.ts';
import type { Capabilities } from '../../provider/capabilities.ts';
import type { Observed } from '../observe/observed.ts';
import { pairSecretOf } from '../observe/to-read.ts';
import { ageOf, pairTime } from '../rotation/pair-age.ts';
import { isAsPublished } from '../secret/facts.ts';

/**
 * True if the published pair is so young that the store may not show its user yet, and it doesn't. The times
 * of Secret and status survive a restart of the operator; a forged one only makes the pair older.
 */
export function isNotShownYet(o: Observed): boolean {
  const source = pairSecretOf(o);
  const id = source?.facts.accessKeyId;
  if (!source || id === undefined || o.users.get(id) || !isAsPublished(source.facts)) return false;
  return leftMs(pairTime(ageOf(o, source.facts)), o.store.capabilities, o.now) > 0;
}

/** Returns for how long the store may still not show the user of the last pair of a key, in ms. */
export function settlingMs({ status }: AccessKey, capabilities: Capabilities, now: number): number {
  return leftMs(Date.parse(status?.issuedAt ?? ''), capabilities, now);
}

function leftMs(since: number, { settlesWithinMs }: Capabilities, now: number): number {
  const left = since + settlesWithinMs - now;
  return left > 0 && left <= settlesWithinMs ? left : 0;
}
