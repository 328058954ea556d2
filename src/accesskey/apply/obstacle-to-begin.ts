import type { AccessKey } from '../../api/schema/accesskey.ts';
import type { Context } from '../context/context.ts';
import { verdictOf } from '../context/granted.ts';
import type { ReadyStore } from '../context/stores.ts';
import { unsupportedBy } from '../policy/unsupported.ts';
import { permittedTemplate } from '../secret/permitted-template.ts';
import { recheckMs } from '../status/recheck.ts';
import type { Outcome } from '../status/status.ts';
import { againAfter, type PassResult } from './pass.ts';

/** The delay before a key asks again for a store whose protection Kubernetes refuses, in ms. */
const UNPROTECTED_RETRY_MS = 20_000;

/**
 * Returns the result of a pass that must not begin to make a key yet; undefined if it may. The object then
 * needs no finalizer.
 */
export function obstacleToBegin(
  ctx: Pick<Context, 'allowed' | 'namespaceCache' | 'random' | 'stores'>,
  cached: AccessKey,
  store: ReadyStore,
): PassResult | undefined {
  const refusal = cached.spec.disabled ? disabledFromBirth : refusalOf(ctx, cached, store);
  if (refusal) return againAfter(recheckMs(ctx, refusal.reason), refusal);
  ctx.stores.announceKey(cached);
  return ctx.stores.isProtected(cached) ? undefined : unprotected(ctx.stores.protectionRefusal(cached));
}

/** Returns the result for a key of a store that nothing protects from deletion yet. */
function unprotected(refusal: string | undefined): PassResult {
  // The store's protection is tried again as long as a key asks for it.
  return refusal === undefined
    ? {}
    : againAfter(UNPROTECTED_RETRY_MS, { reason: 'StoreNotReady', message: refusal });
}

const disabledFromBirth: Outcome = {
  reason: 'Disabled',
  message: 'the key is disabled and has no pair yet; it gets one when spec.disabled is false',
};

function refusalOf(
  ctx: Pick<Context, 'allowed' | 'namespaceCache'>,
  accessKey: AccessKey,
  store: ReadyStore,
): Outcome | undefined {
  if (store.deleting) {
    const message = `${store.observed.title} is being deleted, and issues no new keys`;
    return { reason: 'StoreNotReady', message };
  }
  const verdict = verdictOf(ctx, store, accessKey);
  if (!verdict.granted) return { reason: 'GrantDenied', message: verdict.refusal };
  const unsupported = unsupportedBy(store.observed, accessKey.spec);
  if (unsupported !== undefined) return { reason: 'NotSupported', message: unsupported };
  const { withheld } = permittedTemplate(accessKey, ctx.allowed);
  return withheld === undefined ? undefined : { reason: 'SecretNotAllowed', message: withheld };
}
