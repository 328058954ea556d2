import { setTimeout as sleep } from 'node:timers/promises';

const MIN_PAUSE_MS = 20;
const MAX_PAUSE_MS = 200;
/** The shortest pause, as a multiple of the time that the look took: a list of a store's users takes 0.2 s of CPU. */
const FACTOR = 3;
const MAX_PAUSE_OF_COSTLY_LOOKS_MS = 1_000;

/**
 * Returns a pause between two looks at what somebody waits for. The first ones are short, since most comes soon. Later
 * ones are longer: dozens of keys that were looked at 20 times a second took more of a machine than the operator did.
 */
export function createPauses(): (lookMs?: number) => Promise<void> {
  let ms = MIN_PAUSE_MS;
  return async (lookMs = 0) => {
    await sleep(Math.max(ms, Math.min(MAX_PAUSE_OF_COSTLY_LOOKS_MS, FACTOR * lookMs)));
    ms = Math.min(MAX_PAUSE_MS, ms * 1.25);
  };
}
