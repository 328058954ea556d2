import { setTimeout as sleep } from 'node:timers/promises';

const MIN_PAUSE_MS = 20;
const MAX_PAUSE_MS = 200;

/**
 * Returns a pause between two looks at what somebody waits for. The first ones are short, since most comes soon. Later
 * ones are longer: dozens of keys that were looked at 20 times a second took more of a machine than the operator did.
 */
export function createPauses(): () => Promise<void> {
  let ms = MIN_PAUSE_MS;
  return async () => {
    await sleep(ms);
    ms = Math.min(MAX_PAUSE_MS, ms * 1.25);
  };
}
