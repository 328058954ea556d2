import { readyOf, statusPatch } from '../../api/conditions.ts';
import { hasFinalizer, withFinalizer, withoutFinalizer } from '../../api/finalizers.ts';
import { FIELD_MANAGER } from '../../api/names.ts';
import { referenceTo } from '../../api/object-reference.ts';
import type { AccessKey } from '../../api/schema/accesskey.ts';
import type { CallOptions } from '../../kube/calls.ts';
import { isConflict, isNotFound, KubeError } from '../../kube/errors.ts';
import { ignoreNotFound } from '../../kube/ignore-not-found.ts';
import { refusalKind, refusalText } from '../../kube/refusal.ts';
import { keyFor, keyOf } from '../../runtime/key.ts';
import { keptAccessKey } from '../context/cached.ts';
import type { Context } from '../context/context.ts';
import { isUntouched } from '../context/untouched.ts';
import { type Outcome, statusAfter } from '../status/status.ts';
import { reportsIgnored, unreadableOf } from '../status/unreadable.ts';
import { AWAITING_LIST } from '../status/waiting-for-store.ts';
import type { Pass } from './pass.ts';

/** The AccessKeys in the API server, and their cache. */
type AccessKeys = Pick<Context, 'accessKeys' | 'accessKeyCache'>;

/**
 * Returns the live AccessKey with the operator's finalizer: the answer to the write that adds it, or a read.
 * Returns undefined if the object is gone.
 */
export async function readLive(
  ctx: AccessKeys,
  cached: AccessKey,
  options: CallOptions & Pick<Pass, 'signal'>,
): Promise<AccessKey | undefined> {
  const { signal } = options;
  if (hasFinalizer(cached.metadata)) {
    const live = await getLive(ctx, cached, options);
    if (!live || live.metadata.deletionTimestamp || hasFinalizer(live.metadata)) return live;
    return patchFinalizers(ctx, live, withFinalizer(live.metadata), signal);
  }
  return patchFinalizers(ctx, cached, withFinalizer(cached.metadata), signal);
}

/** Reads the AccessKey live. Returns undefined if it is gone. */
export async function getLive(
  ctx: AccessKeys,
  { metadata }: AccessKey,
  options: CallOptions,
): Promise<AccessKey | undefined> {
  const live = await ignoreNotFound(ctx.accessKeys.get(metadata.name, metadata.namespace, options));
  if (live) ctx.accessKeyCache.put(keptAccessKey(live));
  return live;
}

/**
 * Replaces the finalizers. The patch carries the resourceVersion that the operator read, so it loses nobody
 * else's finalizer, and the uid (rule 6).
 */
export async function patchFinalizers(
  ctx: AccessKeys,
  { metadata }: AccessKey,
  finalizers: readonly string[],
  signal: AbortSignal,
): Promise<AccessKey | undefined> {
  const { uid, resourceVersion, name, namespace } = metadata;
  const patch = { metadata: { uid, resourceVersion, finalizers } };
  return ignoreNotFound(
    write(ctx, keyFor(namespace, name), () =>
      ctx.accessKeys.patch(name, namespace, patch, { fieldManager: FIELD_MANAGER, signal }),
    ),
  );
}

/**
 * Removes the finalizer of a key for which nothing was made, so that its deletion waits for nothing. The
 * operator adds it again before it makes something. Returns the newest object, or undefined if it is gone.
 */
export async function releaseUntouched(
  ctx: AccessKeys & Parameters<typeof isUntouched>[0],
  key: string,
  accessKey: AccessKey,
  signal: AbortSignal,
): Promise<AccessKey | undefined> {
  const { metadata } = accessKey;
  if (!hasFinalizer(metadata) || !isUntouched(ctx, key, accessKey)) return accessKey;
  return patchFinalizers(ctx, accessKey, withoutFinalizer(metadata), signal);
}

/**
 * Makes a write that carries the resourceVersion that the operator read. Its watch event doesn't queue the
 * key again, so a retry waits for its backoff.
 */
function write(ctx: AccessKeys, key: string, patch: () => Promise<AccessKey>): Promise<AccessKey> {
  return ctx.accessKeyCache.writing(key, async () => {
    const live = await patch();
    ctx.accessKeyCache.put(keptAccessKey(live), { exclusive: true });
    return live;
  });
}

/**
 * Reasons that need no Warning: somebody's edit asked for them, and the change in the store has an Event of
 * its own.
 */
const REQUESTED: ReadonlySet<string> = new Set(['Disabled', 'Expired', 'Paused']);
/** Reasons that concern all keys of a store. The store's own Event reports them. */
const REPORTED_BY_STORE: ReadonlySet<string> = new Set(['StoreUnreachable', 'StoreNotReady']);

/** Writes the status if it differs, and an Event if it gets worse. Returns the newest object. */
export async function writeStatus(
  ctx: AccessKeys & Pick<Context, 'events' | 'hints' | 'log' | 'now'>,
  accessKey: AccessKey,
  outcome: Outcome,
  signal: AbortSignal,
): Promise<AccessKey> {
  const status = statusAfter(accessKey, outcome, ctx.now());
  const patch = statusPatch(accessKey.status, status);
  if (!patch) return accessKey;
  const { name, namespace, uid, resourceVersion } = accessKey.metadata;
  const before = readyOf(accessKey);
  const isNews = outcome.reason !== before?.reason || before.message === AWAITING_LIST.message;
  if (outcome.reason !== 'Issued' && isNews) {
    const asWritten = REQUESTED.has(outcome.reason);
    if (!asWritten && !REPORTED_BY_STORE.has(outcome.reason)) {
      ctx.events.record(referenceTo('AccessKey', accessKey.metadata), {
        type: 'Warning',
        reason: outcome.reason,
        action: 'Reconcile',
        note: outcome.message,
      });
    }
    ctx.log[asWritten ? 'info' : 'warn']({ namespace, name, reason: outcome.reason }, outcome.message);
  }
  if (!reportsIgnored(accessKey)) warnOfIgnored(ctx, accessKey);
  try {
    const body = { metadata: { uid, resourceVersion }, status: patch };
    const options = { subresource: 'status', fieldManager: FIELD_MANAGER, signal } as const;
    return await write(ctx, keyOf(accessKey), () => ctx.accessKeys.patch(name, namespace, body, options));
  } catch (error) {
    if (isNotFound(error)) return accessKey;
    warnOfStaleStatus(ctx, accessKey, error);
    if (!isConflict(error)) throw error;
    // Somebody changed the object in the meantime. The next pass reads it and writes the current status.
    ctx.hints.requestSync(keyOf(accessKey));
    throw error;
  }
}

/** Writes a Warning if the API server refuses the status, which then shows an earlier state. */
function warnOfStaleStatus(
  { events }: Pick<Context, 'events'>,
  { metadata }: AccessKey,
  error: unknown,
): void {
  const kind = refusalKind(error);
  if (!(error instanceof KubeError) || kind === undefined) return;
  events.record(referenceTo('AccessKey', metadata), {
    type: 'Warning',
    reason: 'KubernetesRefused',
    action: 'Reconcile',
    note: `the status is out of date, since it can't be written: ${refusalText(error, kind)}`,
  });
}

function warnOfIgnored({ events }: Pick<Context, 'events'>, accessKey: AccessKey): void {
  const ignored = unreadableOf(accessKey);
  if (ignored.length === 0) return;
  events.record(referenceTo('AccessKey', accessKey.metadata), {
    type: 'Warning',
    reason: 'Ignored',
    action: 'Reconcile',
    note: ignored.join('; '),
  });
}
