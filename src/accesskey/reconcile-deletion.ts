import { FINALIZER } from '../api/names.ts';
import { referenceTo } from '../api/reference.ts';
import type { Action } from '../runtime/controller.ts';
import type { Context } from './context.ts';
import { removeSecrets, revoke } from './deletion.ts';
import { isStoreFault, outcomeOfFailure } from './failure.ts';
import { getLive, patchFinalizers, writeStatus } from './live.ts';
import type { Plan } from './step.ts';
import { lookAgainMs } from './timing.ts';
import { waitingFor } from './waiting.ts';

/** Revokes a key that is being deleted: Secret, users, policy, and only then the finalizer (rule 4). */
export async function reconcileDeletion(ctx: Context, key: string, signal: AbortSignal): Promise<Action> {
  const cached = ctx.accessKeyCache.get(key);
  if (!cached?.metadata.finalizers?.includes(FINALIZER)) return {};
  const accessKey = await getLive(ctx, cached, signal);
  if (!accessKey?.metadata.finalizers?.includes(FINALIZER) || accessKey.metadata.uid !== cached.metadata.uid)
    return {};
  const named = await removeSecrets(ctx, accessKey, signal);
  const { storeRef } = accessKey.spec;
  const view = ctx.stores.view(storeRef);
  // The ids that the Secrets named are not lost: users are found by tag and attachment too.
  ctx.watchlist.flag(key, named);
  if (view.kind === 'pending') return {};
  if (view.kind !== 'ready') {
    await writeStatus(ctx, accessKey, waitingFor(accessKey, view), signal);
    return {};
  }
  let inTheWay: Plan | undefined;
  try {
    await ctx.stores.swept(storeRef, signal);
    inTheWay = await revoke(ctx, accessKey, view.store, named, signal);
  } catch (error) {
    if (isStoreFault(error)) ctx.stores.reportFault(storeRef);
    const outcome = signal.aborted ? undefined : outcomeOfFailure(error, undefined);
    if (outcome) await writeStatus(ctx, accessKey, outcome, signal);
    throw error;
  }
  if (inTheWay) {
    await writeStatus(ctx, accessKey, inTheWay, signal);
    return { requeueAfterMs: lookAgainMs(ctx, inTheWay.reason) };
  }
  await patchFinalizers(
    ctx,
    accessKey,
    (accessKey.metadata.finalizers ?? []).filter((name) => name !== FINALIZER),
    signal,
  );
  const { accessKeyId } = accessKey.status ?? {};
  const note = `revoked access key ${accessKeyId ?? '(none was issued)'}; its user and policy are removed from the store`;
  ctx.events.record(referenceTo('AccessKey', accessKey.metadata), {
    type: 'Normal',
    reason: 'Revoked',
    action: 'Revoke',
    note,
  });
  const { namespace, name } = accessKey.metadata;
  ctx.log.info({ namespace, name, accessKeyId }, 'revoked');
  ctx.watchlist.forget(key);
  return {};
}
