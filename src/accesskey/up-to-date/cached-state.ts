import type { AccessKey } from '../../api/schema/accesskey.ts';
import type { Context } from '../context/context.ts';
import { grantsOf } from '../context/granted.ts';
import { otherSecretsOf } from '../context/own-secrets.ts';
import type { KnownStore } from '../context/stores.ts';
import { isClockTrusted } from '../rotation/pair-age.ts';
import { secretNameOf } from '../secret/facts.ts';
import type { CachedState } from './up-to-date.ts';

/**
 * Returns what the caches show of a key now. Reads nothing else.
 * @param known the store's spec, if it is known
 */
export function cachedStateOf(
  ctx: Context,
  key: string,
  accessKey: AccessKey,
  known: KnownStore | undefined,
): CachedState {
  const { namespace } = accessKey.metadata;
  return {
    now: ctx.now(),
    accessKey,
    cluster: ctx.cluster,
    allowed: ctx.allowed,
    store: known && { observed: known.observed, ...grantsOf(ctx, known, namespace) },
    secret: ctx.secretCache.get(`${namespace}/${secretNameOf(accessKey)}`),
    otherSecrets: otherSecretsOf(ctx, accessKey),
    attached: ctx.hints.attachedTimes(key),
    clockTrusted: isClockTrusted(ctx.clockSkewMs()),
  };
}
