import { hasFinalizer } from '../../api/finalizers.ts';
import { referenceTo } from '../../api/object-reference.ts';
import type { AccessKey } from '../../api/schema/accesskey.ts';
import { againAfter, type Pass, type PassResult } from '../apply/pass.ts';
import { ownSecretsOf } from '../context/own-secrets.ts';
import { isUntouched } from '../context/untouched.ts';
import { expiryOf } from '../rotation/lifetime.ts';
import { isClockTrusted } from '../rotation/pair-age.ts';
import { recheckMs } from '../status/recheck.ts';
import { type Outcome, readyReason } from '../status/status.ts';
import { liveOrCached } from './live-or-cached.ts';
import { revoke } from './revoke.ts';

/** Revokes an expired key. The object stays, and its status says so. A later expiresAt issues a new pair. */
export async function onExpiry(pass: Pass): Promise<PassResult> {
  const { ctx, key } = pass;
  pass.end = 'revoked';
  const live = await liveOrCached(pass);
  if (!live || live.metadata.deletionTimestamp || expiryOf(live) > ctx.now()) return {};
  if (!isClockTrusted(ctx.clockSkewMs())) return againAfter(recheckMs(ctx, 'ClockSkew'), skewed);
  // A sweep may have found a leftover user or a late Secret after the revocation.
  const isLeft = ctx.hints.isSyncRequested(key) || ownSecretsOf(ctx, live).length > 0;
  const wasMade = hasFinalizer(live.metadata) && !isUntouched(ctx, key, live);
  if (!wasMade && !isLeft) return { outcome: expired(live) };
  const revocation = await revoke(pass);
  if (revocation.kind === 'waits') return revocation.result;
  const note = `revoked access key ${live.status.accessKeyId ?? '(none was issued)'}: it expired`;
  const event = { type: 'Normal', reason: 'Expired', action: 'Revoke', note } as const;
  if (readyReason(live) !== 'Expired') ctx.events.record(referenceTo('AccessKey', live.metadata), event);
  return revocation.againMs > 0 ? againAfter(revocation.againMs, expired(live)) : { outcome: expired(live) };
}

const skewed: Outcome = {
  reason: 'ClockSkew',
  message:
    "the key has expired by this machine's clock, which differs from the API server's by more than a minute; correct the clocks",
};

function expired({ spec }: AccessKey): Outcome {
  return {
    reason: 'Expired',
    message: `the key expired at ${spec.expiresAt} and is revoked; set a later spec.expiresAt for a new pair, or delete the AccessKey`,
    inForce: null,
  };
}
