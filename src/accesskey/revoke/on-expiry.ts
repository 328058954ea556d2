import { FINALIZER } from '../../api/names.ts';
import { referenceTo } from '../../api/object-reference.ts';
import type { AccessKey } from '../../api/schema/accesskey.ts';
import type { Action } from '../../runtime/controller.ts';
import { getLive, writeStatus } from '../apply/access-key-writes.ts';
import type { Context } from '../context/context.ts';
import { expiryOf } from '../rotation/lifetime.ts';
import { isClockTrusted } from '../rotation/pair-age.ts';
import { lookAgainMs } from '../status/recheck.ts';
import { type Outcome, readyReason } from '../status/status.ts';
import { withdraw } from './revoke.ts';

/** Revokes a key whose time is over; the object stays and says so. A later expiresAt issues a new pair. */
export async function reconcileExpiry(
  ctx: Context,
  key: string,
  cached: AccessKey,
  signal: AbortSignal,
): Promise<Action> {
  const live = await getLive(ctx, cached, signal);
  if (!live || live.metadata.deletionTimestamp || expiryOf(live) > ctx.now()) return {};
  if (!isClockTrusted(ctx.clockSkewMs())) {
    await writeStatus(ctx, live, skewed, signal);
    return { requeueAfterMs: lookAgainMs(ctx, 'ClockSkew') };
  }
  let after = live;
  let again: Action = {};
  // A sweep may have found a user that was left over, or a Secret come late, though nothing was to be left.
  const isLeft = ctx.watchlist.isFlagged(key) || ctx.secretsOf(key).length > 0;
  if (live.metadata.finalizers?.includes(FINALIZER) || isLeft) {
    const withdrawal = await withdraw(ctx, key, live, signal);
    if ('meanwhile' in withdrawal) return withdrawal.meanwhile;
    if (!withdrawal.done) return {};
    after = withdrawal.done;
    again = { requeueAfterMs: withdrawal.againMs };
    const note = `revoked access key ${live.status.accessKeyId ?? '(none was issued)'}: its time was over`;
    const event = { type: 'Normal', reason: 'Expired', action: 'Revoke', note } as const;
    if (readyReason(live) !== 'Expired') ctx.events.record(referenceTo('AccessKey', live.metadata), event);
  }
  await writeStatus(ctx, after, expired(live), signal);
  return again;
}

const skewed: Outcome = {
  reason: 'ClockSkew',
  message:
    "the key's time is over by this machine's clock, which is more than a minute apart from the API server's; set them right",
};

function expired({ spec }: AccessKey): Outcome {
  return {
    reason: 'Expired',
    message: `the key was revoked at its end, ${spec.expiresAt}; set a later spec.expiresAt for a new pair, or delete the AccessKey`,
    inForce: null,
  };
}
