import { withoutFinalizer } from '../../api/finalizers.ts';
import type { AccessKey } from '../../api/schema/accesskey.ts';
import { patchFinalizers } from '../apply/access-key-writes.ts';
import { againAfter, type Pass, type PassResult } from '../apply/pass.ts';
import { revokingStore } from '../context/stores.ts';
import { settlingMs } from '../plan/settling.ts';
import { recheckMs } from '../status/recheck.ts';
import type { Outcome } from '../status/status.ts';
import { AWAITING_LIST, waitingFor } from '../status/waiting-for-store.ts';
import { removeSecrets } from './remove-secrets.ts';
import { removeFromStore, removeKnownUsers } from './remove-users.ts';
import { retainRefusal } from './retain.ts';

/**
 * The result of a revocation.
 * - `done`: nothing of the key is left. The finalizer is off, or waits for `againMs` until no earlier write
 *   can still take effect, and the store shows every user.
 * - `waits`: what the pass reports and does in the meantime.
 */
export type Revocation =
  | { readonly kind: 'done'; readonly againMs: number }
  | { readonly kind: 'waits'; readonly result: PassResult };

/**
 * Revokes a key in order (rules 4 and 15): known users, Secrets, what the store still shows, policy,
 * finalizer. A Secret that the operator can't remove delays nothing in the store. Deletes Secrets even while
 * the store is down. The AccessKey must have the finalizer.
 * @throws the first error that kept a step from succeeding, after it has tried all other steps
 */
export async function revoke(pass: Pass): Promise<Revocation> {
  const { ctx, key, accessKey, signal } = pass;
  const view = ctx.stores.view(accessKey);
  ctx.hints.forgetPair(key);
  const failures: unknown[] = [];
  const attempt = async <Result>(act: () => Promise<Result>): Promise<Result | undefined> => {
    try {
      return await act();
    } catch (error) {
      if (signal.aborted) throw error;
      failures.push(error);
      return undefined;
    }
  };
  const store = revokingStore(view);
  const known = store && (await attempt(() => removeKnownUsers(pass, store)));
  pass.doing = 'reading';
  // If Secrets are the only record of where their pairs were issued, they stay until their users are gone.
  const isRecord = ctx.stores.secretsAreOnlyRecord(accessKey) && !known;
  const named = isRecord ? [] : ((await attempt(() => removeSecrets(pass))) ?? []);
  // For the next try in this process. After a restart, status, tag and attachment still find the users.
  ctx.hints.requestSync(key, named);
  if (!store) {
    if (failures.length > 0) throw failures[0];
    if (view.kind === 'pending' || view.kind === 'ready') return waits({});
    return waits({ outcome: waitingFor(accessKey, view, retainRefusal(ctx, accessKey, view)) });
  }
  if (!known) throw failures[0];
  if (known.kind === 'none' && ctx.hints.takeOverflow(key)) ctx.stores.compareAgain(accessKey);
  if (known.kind === 'none' && !areAllListed(ctx, accessKey)) {
    // Don't wait in this pass: it would take the place of another key to revoke.
    ctx.stores.queueOnceSwept(accessKey);
    if (failures.length > 0) throw failures[0];
    return waits({
      outcome: view.kind === 'notReady' ? waitingFor(accessKey, view) : awaitingSweep(accessKey),
    });
  }
  const rest = known.kind === 'none' ? await removeFromStore(pass, store, named, known) : known;
  if (rest.kind === 'more') return waits(againAfter(0, removing(rest.left)));
  if (rest.kind === 'blocked') return waits(againAfter(recheckMs(ctx, rest.outcome.reason), rest.outcome));
  pass.doing = 'reading';
  // The store comes first. The operator reports a refusal by Kubernetes once nothing is left in the store.
  if (failures.length > 0) throw failures[0];
  ctx.hints.storeAnswered(key);
  const { capabilities } = store.observed;
  const againMs = Math.max(ctx.hints.lateWritesMs(key), settlingMs(accessKey, capabilities, ctx.now()));
  if (againMs > 0) return { kind: 'done', againMs };
  const after = await patchFinalizers(ctx, accessKey, withoutFinalizer(accessKey.metadata), signal);
  if (after) pass.accessKey = after;
  const { namespace, name } = accessKey.metadata;
  ctx.log.info({ namespace, name, accessKeyId: accessKey.status.accessKeyId }, 'revoked');
  ctx.hints.forget(key);
  return { kind: 'done', againMs: 0 };
}

/**
 * True if a list of all users has shown those of the key that were made and never published. Only such a list
 * shows them.
 */
function areAllListed({ stores }: Pass['ctx'], accessKey: AccessKey): boolean {
  return stores.isSwept(accessKey) && !stores.mayLackUsers(accessKey);
}

/** Returns the outcome of a deletion that waits for the list. An expired key says so when it is over. */
function awaitingSweep({ metadata }: AccessKey): Outcome | undefined {
  return metadata.deletionTimestamp === undefined ? undefined : AWAITING_LIST;
}

function waits(result: PassResult): Revocation {
  return { kind: 'waits', result };
}

function removing(left: number): Outcome {
  return {
    reason: 'Deleting',
    message: `the key is being revoked: ${left} more of its users remain`,
  };
}
