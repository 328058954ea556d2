import { readyOf } from '../api/conditions.ts';
import { REASONS } from '../api/reasons.ts';
import type { AccessKey } from '../api/schema/accesskey.ts';
import { asTime, expiryTime } from '../api/time.ts';
import { type StoreObject, storeKeyOf } from '../objectstore/store-kinds.ts';
import type { StoreState } from '../objectstore/store-state.ts';
import { keyOf } from '../runtime/key.ts';
import type { Metrics } from './metrics.ts';

/** A store, as far as metrics describe it. */
export interface StoreFacts {
  /** The name, with its namespace and a slash before it where it has one. */
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
export function takeInventory(metrics: Metrics, inventory: Inventory, mostKeys: number): void {
  const { leads, queues, accessKeys, stores } = inventory;
  metrics.leader.set(leads ? 1 : 0);
  for (const { controller, depth } of queues) metrics.queueDepth.set({ name: controller, controller }, depth);
  const { keys, keysDeleting, keyExpiry, keyRotation, keySeriesOmitted } = metrics;
  const { storeReady, storeSync, orphanedUsers, retainedUsers } = metrics;
  const ofKeys = [keys, keysDeleting, keyExpiry, keyRotation, keySeriesOmitted];
  for (const gauge of [...ofKeys, storeReady, storeSync, orphanedUsers, retainedUsers]) gauge.reset();
  const all = [...stores];
  const known = new Set(all.map(({ name }) => name));
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
  const expiries: Timed<AccessKey>[] = [];
  const rotations: Timed<AccessKey>[] = [];
  for (const accessKey of accessKeys) {
    const reason = reasonFor(accessKey) ?? NOT_YET;
    const named = storeKeyOf(accessKey);
    // Any user can name stores that don't exist, each of which would be a series.
    const store = known.has(named) ? named : '';
    keys.inc({ store, reason });
    if (accessKey.metadata.deletionTimestamp) keysDeleting.inc({ store });
    const { expiresAt } = accessKey.spec;
    if (reason !== 'Expired' && expiresAt !== undefined) addTime(expiries, accessKey, expiryTime(expiresAt));
    addTime(rotations, accessKey, nextRotationAt(accessKey));
  }
  setTimes(metrics, 'keyExpiry', expiries, mostKeys);
  setTimes(metrics, 'keyRotation', rotations, mostKeys);
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

function addTime(times: Timed<AccessKey>[], of: AccessKey, at: number | undefined): void {
  if (at !== undefined) times.push({ of, at });
}

function setTimes(
  metrics: Metrics,
  which: 'keyExpiry' | 'keyRotation',
  times: readonly Timed<AccessKey>[],
  max: number,
): void {
  const { shown, omitted } = soonest(times, max);
  for (const { of, at } of shown) {
    const { namespace, name } = of.metadata;
    metrics[which].set({ namespace, name }, at / 1_000);
  }
  metrics.keySeriesOmitted.set({ metric: which === 'keyExpiry' ? 'expiry' : 'next_rotation' }, omitted);
}

/** An item and its time, in ms since 1970. */
export interface Timed<T> {
  readonly of: T;
  readonly at: number;
}

/** Returns the `max` earliest ones, in no order, and the number of the others. */
export function soonest<T>(all: readonly Timed<T>[], max: number): { shown: Timed<T>[]; omitted: number } {
  if (all.length <= max) return { shown: [...all], omitted: 0 };
  const shown = all.toSorted((a, b) => a.at - b.at).slice(0, max);
  return { shown, omitted: all.length - shown.length };
}
