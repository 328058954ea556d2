import { readyOf } from '../api/conditions.ts';
import { REASONS } from '../api/reasons.ts';
import type { AccessKey } from '../api/schema/accesskey.ts';
import { asTime, expiryTime } from '../api/time.ts';
import { type StoreObject, storeKeyOf } from '../objectstore/store-kinds.ts';
import type { StoreState } from '../objectstore/store-state.ts';
import { keyOf } from '../runtime/key.ts';
import { eventLoop } from '../runtime/yield.ts';
import type { Metrics } from './metrics.ts';
import { type Soonest, soonest } from './soonest.ts';

/** A store, as far as metrics describe it. */
export interface StoreFacts {
  /** `namespace/name`, or `name` for a ClusterObjectStore. */
  readonly name: string;
  readonly ready: boolean;
  readonly orphanedUsers: number | undefined;
  readonly retainedUsers: number | undefined;
  /** In ms since 1970. */
  readonly lastSyncAt: number | undefined;
}

/** The state of the operator at the moment of a scrape. */
export interface Inventory {
  readonly leads: boolean;
  readonly queues: readonly { readonly controller: string; readonly depth: number }[];
  readonly accessKeys: Iterable<AccessKey>;
  readonly stores: Iterable<StoreFacts>;
}

/** The reason before the first reconcile of a key. */
const NOT_YET = 'Pending';

/**
 * Sets the gauges at each scrape, from the caches, since event-driven gauges would drift. Only the leader
 * reports what all replicas know, so that a sum over them is right.
 * @param mostKeys the maximum number of AccessKeys with their own series
 */
export async function takeInventory(metrics: Metrics, inventory: Inventory, mostKeys: number): Promise<void> {
  const { leads, queues, accessKeys, stores } = inventory;
  const all = [...stores];
  const known = new Set(all.map(({ name }) => name));
  const counted = await countKeys(leads ? accessKeys : [], known, mostKeys);
  metrics.leader.set(leads ? 1 : 0);
  for (const { controller, depth } of queues) metrics.queueDepth.set({ name: controller, controller }, depth);
  const { keys, keysDeleting, keyExpiry, keyRotation, keySeriesOmitted } = metrics;
  const { storeReady, storeSync, orphanedUsers, retainedUsers } = metrics;
  const ofKeys = [keys, keysDeleting, keyExpiry, keyRotation, keySeriesOmitted];
  for (const gauge of [...ofKeys, storeReady, storeSync, orphanedUsers, retainedUsers]) gauge.reset();
  metrics.storeRequests.keepOnly(known);
  if (!leads) return;
  for (const { name: store, ready, orphanedUsers: orphans, retainedUsers: retained, lastSyncAt } of all) {
    storeReady.set({ store }, ready ? 1 : 0);
    if (orphans !== undefined) orphanedUsers.set({ store }, orphans);
    if (retained !== undefined) retainedUsers.set({ store }, retained);
    if (lastSyncAt !== undefined) storeSync.set({ store }, lastSyncAt / 1_000);
    // Start at zero, so that the first one is a rise.
    keysDeleting.set({ store }, 0);
  }
  for (const [store, { reasons, deleting }] of counted.stores) {
    for (const [reason, count] of reasons) keys.set({ store, reason }, count);
    if (deleting > 0) keysDeleting.set({ store }, deleting);
  }
  setTimes(metrics, 'keyExpiry', counted.expiries);
  setTimes(metrics, 'keyRotation', counted.rotations);
}

/** The AccessKeys of a store, as metrics count them. */
interface KeyCounts {
  readonly reasons: Map<string, number>;
  deleting: number;
}

/** Counts the AccessKeys in one round over all of them, which pauses for other work. */
async function countKeys(accessKeys: Iterable<AccessKey>, known: ReadonlySet<string>, mostKeys: number) {
  const stores = new Map<string, KeyCounts>();
  const [expiries, rotations] = [soonest<AccessKey>(mostKeys), soonest<AccessKey>(mostKeys)];
  for (const accessKey of accessKeys) {
    await eventLoop.yield();
    const reason = reasonFor(accessKey) ?? NOT_YET;
    const named = storeKeyOf(accessKey);
    // Any user can name stores that don't exist, each of which would be a series.
    const store = known.has(named) ? named : '';
    const counts = stores.get(store) ?? { reasons: new Map(), deleting: 0 };
    stores.set(store, counts);
    counts.reasons.set(reason, (counts.reasons.get(reason) ?? 0) + 1);
    if (accessKey.metadata.deletionTimestamp) counts.deleting += 1;
    const { expiresAt } = accessKey.spec;
    if (reason !== 'Expired' && expiresAt !== undefined) expiries.add(accessKey, expiryTime(expiresAt));
    rotations.add(accessKey, nextRotationAt(accessKey));
  }
  return { stores, expiries, rotations };
}

/** The reasons of a store's Ready condition, beyond those of its keys. */
const STORE_REASONS: ReadonlySet<string> = new Set([
  'Connected',
  'StoreNotReady',
  'StoreUnreachable',
  'Deleting',
]);

/**
 * Returns the reason of an object's Ready condition. It is Pending before the condition exists, and Other for
 * a reason that no version of this operator wrote. A user who may edit a status must not be able to make
 * series. Returns undefined without an object.
 */
export function reasonFor(object: AccessKey | StoreObject | undefined): string | undefined {
  if (object === undefined) return undefined;
  const reason = readyOf(object)?.reason;
  if (reason === undefined) return NOT_YET;
  return Object.hasOwn(REASONS, reason) || STORE_REASONS.has(reason) ? reason : 'Other';
}

/** Returns this process's knowledge of each store. */
export function* storeFacts(
  stores: Iterable<StoreObject>,
  states: ReadonlyMap<string, StoreState>,
): Generator<StoreFacts> {
  for (const store of stores) {
    const name = keyOf(store);
    const state = states.get(name);
    yield {
      name,
      ready: state?.view.kind === 'ready',
      orphanedUsers: state?.orphanedUsers,
      retainedUsers: state?.retainedUsers,
      lastSyncAt: state?.sweptAt,
    };
  }
}

/**
 * Returns undefined for what is no time. Another version of the operator, or a person, may have written the
 * status.
 */
function nextRotationAt({ status }: AccessKey): number | undefined {
  const time = asTime((status as { readonly nextRotationAt?: unknown } | undefined)?.nextRotationAt);
  return time === undefined ? undefined : Date.parse(time);
}

function setTimes(
  metrics: Metrics,
  which: 'keyExpiry' | 'keyRotation',
  { shown, omitted }: Soonest<AccessKey>,
): void {
  for (const { of, at } of shown()) {
    const { namespace, name } = of.metadata;
    metrics[which].set({ namespace, name }, at / 1_000);
  }
  metrics.keySeriesOmitted.set({ metric: which === 'keyExpiry' ? 'expiry' : 'next_rotation' }, omitted());
}
