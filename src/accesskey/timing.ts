import type { AccessKey } from '../api/accesskey.ts';
import type { Reason } from '../api/reasons.ts';
import type { Context } from './context.ts';
import { expiryOf } from './lifetime.ts';
import { rotateAt } from './rotation.ts';

/** After these reasons the key is looked at again sooner: nothing that is watched tells of their end. */
const LOOK_AGAIN_MS: Partial<Record<Reason, number>> = {
  SecretConflict: 30_000,
  ImportRefused: 10_000,
  StoreConflict: 30_000,
  DisabledInStore: 60_000,
  ClockSkew: 60_000,
};
const LOOK_AGAIN_DEFAULT_MS = 600_000;

/** When to look again at a key that isn't ready for that reason, in ms; spread, so that keys don't come together. */
export function lookAgainMs(ctx: Context, reason: Reason): number {
  return (LOOK_AGAIN_MS[reason] ?? LOOK_AGAIN_DEFAULT_MS) * (0.9 + 0.2 * ctx.random());
}

/** When a key that is ready needs its next pass, in ms: its policy's check, its own or a previous key's end. */
export function nextPassMs(ctx: Context, key: string, accessKey: AccessKey): number {
  const { status } = accessKey;
  const now = ctx.now();
  const at = rotateAt(accessKey);
  const ends = [expiryOf(accessKey) - now, ...(at !== undefined && at > now ? [at - now] : [])];
  const revocations = (status?.previousKeys ?? []).map((previous) => Date.parse(previous.revokeAt) - now);
  return Math.max(1_000, Math.min(ctx.watchlist.policyCheckDue(key) - now, ...ends, ...revocations));
}
