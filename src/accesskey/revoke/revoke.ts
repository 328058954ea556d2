import { FINALIZER } from '../../api/names.ts';
import type { AccessKey } from '../../api/schema/accesskey.ts';
import type { Action } from '../../runtime/controller.ts';
import { patchFinalizers, writeStatus } from '../apply/access-key-writes.ts';
import { isStoreFault, outcomeOfFailure } from '../apply/failure.ts';
import type { Context } from '../context/context.ts';
import type { StoreView } from '../context/stores.ts';
import type { Plan } from '../plan/step.ts';
import { lookAgainMs } from '../status/recheck.ts';
import { waitingFor } from '../status/waiting-for-store.ts';
import { removeSecrets, revoke } from './remove-from-store.ts';

/**
 * The AccessKey once nothing of it is left outside and the finalizer is off; or, with a time, while it is revoked and the
 * finalizer waits for what may still come; or what is to happen meanwhile.
 */
export type Withdrawal =
  | { readonly done: AccessKey | undefined; readonly againMs?: number }
  | { readonly meanwhile: Action };

/**
 * Ends a key (rule 4): its Secrets, whether or not the store answers, unless they are all that says where it was issued;
 * its users; its policy; and only then the finalizer, once no write of before can come any more. What it waits for is in
 * the status. `accessKey` must be live and
 * have our finalizer.
 */
export async function withdraw(
  ctx: Context,
  key: string,
  accessKey: AccessKey,
  signal: AbortSignal,
): Promise<Withdrawal> {
  if (ctx.stores.secretsBearWitness(accessKey)) {
    const before = ctx.stores.view(accessKey);
    if (before.kind !== 'ready') return await waitFor(ctx, accessKey, before, signal);
  }
  const named = await removeSecrets(ctx, accessKey, signal);
  const view = ctx.stores.view(accessKey);
  // For the next try in this process; after it users are found by status, tag and attachment too.
  ctx.watchlist.flag(key, named);
  if (view.kind !== 'ready') return await waitFor(ctx, accessKey, view, signal);
  let inTheWay: Plan | undefined;
  try {
    await ctx.stores.swept(accessKey, signal);
    inTheWay = await revoke(ctx, accessKey, view.store, named, signal);
  } catch (error) {
    if (isStoreFault(error)) ctx.stores.reportFault(accessKey);
    const outcome = signal.aborted ? undefined : outcomeOfFailure(error, accessKey);
    if (outcome) await writeStatus(ctx, accessKey, outcome, signal);
    throw error;
  }
  if (inTheWay) {
    await writeStatus(ctx, accessKey, inTheWay, signal);
    return { meanwhile: { requeueAfterMs: lookAgainMs(ctx, inTheWay.reason) } };
  }
  const againMs = ctx.watchlist.lateWritesMs(key);
  if (againMs > 0) return { done: accessKey, againMs };
  const others = (accessKey.metadata.finalizers ?? []).filter((name) => name !== FINALIZER);
  const done = await patchFinalizers(ctx, accessKey, others, signal);
  const { namespace, name } = accessKey.metadata;
  ctx.log.info({ namespace, name, accessKeyId: accessKey.status.accessKeyId }, 'revoked');
  ctx.watchlist.forget(key);
  return { done };
}

/** Says what of the store it waits for, if that is known. */
async function waitFor(
  ctx: Context,
  accessKey: AccessKey,
  view: Exclude<StoreView, { kind: 'ready' }>,
  signal: AbortSignal,
): Promise<Withdrawal> {
  if (view.kind !== 'pending') await writeStatus(ctx, accessKey, waitingFor(accessKey, view), signal);
  return { meanwhile: {} };
}
