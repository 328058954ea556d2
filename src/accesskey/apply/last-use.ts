import type { LastUse, Store } from '../../provider/provider.ts';

/** The timeout of the question, in ms: the end of a pair doesn't wait longer for it. */
const TIMEOUT_MS = 2_000;

/**
 * Asks the store when a pair that is about to end was last used. The answer is for people only, so a store
 * that refuses or fails doesn't keep the pair from its end.
 */
export async function lastUseOf(
  client: Pick<Store, 'lastUse'>,
  accessKeyId: string,
  signal: AbortSignal,
): Promise<LastUse> {
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
  try {
    return await client.lastUse(accessKeyId, { signal: bounded });
  } catch {
    return 'unknown';
  }
}
