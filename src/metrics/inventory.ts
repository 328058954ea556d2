import { REASONS } from '../api/reasons.ts';
import type { AccessKey } from '../api/schema/accesskey.ts';
import { type AnyStore, storeKeyOf } from '../objectstore/store-kinds.ts';
import type { Registry } from '../objectstore/stores.ts';
import { keyOf } from '../runtime/key.ts';
import type { Metrics } from './metrics.ts';

/** A store, as far as metrics tell of it. */
export interface StoreFacts {
  /** With its namespace before it and a slash, where it has one. */
  readonly name: string;
  readonly ready: boolean;
  readonly orphanedUsers: number | undefined;
  readonly retainedUsers: number | undefined;
  /** In ms since 1970. */
  readonly lastSyncAt: number | undefined;
}

/** What there is at the moment of a scrape. */
export interface Inventory {
  readonly leads: boolean;
  readonly queues: readonly { readonly controller: string; readonly depth: number }[];
  readonly accessKeys: Iterable<AccessKey>;
  readonly stores: Iterable<StoreFacts>;
}

/** Until the operator has looked at a key. */
const NOT_YET = 'Pending';

/**
 * Sets the gauges to what there is. They are counted anew at each scrape, from the caches: kept up by events they would
 * drift. What all replicas know alike is told by the leader alone, so that a sum over them is right.
 * @param mostKeys how many AccessKeys have series of their own
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
    // From zero on, so that the first one is a rise.
    keysDeleting.set({ store }, 0);
  }
  const expiries: Timed<AccessKey>[] = [];
  const rotations: Timed<AccessKey>[] = [];
  for (const accessKey of accessKeys) {
    const reason = reasonFor(accessKey) ?? NOT_YET;
    const named = storeKeyOf(accessKey);
    // Anybody can name stores that don't exist, each of which would be a series.
    const store = known.has(named) ? named : '';
    keys.inc({ store, reason });
    if (accessKey.metadata.deletionTimestamp) keysDeleting.inc({ store });
    const { expiresAt } = accessKey.spec;
    if (reason !== 'Expired') addTime(expiries, accessKey, expiresAt);
    addTime(rotations, accessKey, nextRotationAt(accessKey));
  }
  setTimes(metrics, 'keyExpiry', expiries, mostKeys);
  setTimes(metrics, 'keyRotation', rotations, mostKeys);
}

/** Of a store's Ready condition, beside those of its keys. */
const STORE_REASONS: ReadonlySet<string> = new Set([
  'Connected',
  'StoreNotReady',
  'StoreUnreachable',
  'Deleting',
]);

/**
 * The reason of an object's Ready condition, Pending before there is one, Other for one that no version of this operator
 * wrote: whoever may edit a status must not be able to make series. Undefined where there is no object.
 */
export function reasonFor(object: AccessKey | AnyStore | undefined): string | undefined {
  if (object === undefined) return undefined;
  const reason = object.status?.conditions?.find(({ type }) => type === 'Ready')?.reason;
  if (reason === undefined) return NOT_YET;
  return Object.hasOwn(REASONS, reason) || STORE_REASONS.has(reason) ? reason : 'Other';
}

/** What this process knows of each store. */
export function* storeFacts(
  stores: Iterable<AnyStore>,
  registry: Pick<Registry, 'get'>,
): Generator<StoreFacts> {
  for (const store of stores) {
    const name = keyOf(store);
    const entry = registry.get(name);
    yield {
      name,
      ready: entry?.view.kind === 'ready',
      orphanedUsers: entry?.orphanedUsers,
      retainedUsers: entry?.retainedUsers,
      lastSyncAt: entry?.sweptAt,
    };
  }
}

/** A status may be of another version of the operator, or edited by hand. */
function nextRotationAt({ status }: AccessKey): unknown {
  return (status as { readonly nextRotationAt?: unknown } | undefined)?.nextRotationAt;
}

function addTime(times: Timed<AccessKey>[], of: AccessKey, time: unknown): void {
  const at = typeof time === 'string' ? Date.parse(time) : Number.NaN;
  if (!Number.isNaN(at)) times.push({ of, at });
}

function setTimes(
  metrics: Metrics,
  which: 'keyExpiry' | 'keyRotation',
  times: readonly Timed<AccessKey>[],
  most: number,
): void {
  const { shown, omitted } = soonest(times, most);
  for (const { of, at } of shown) {
    const { namespace, name } = of.metadata;
    metrics[which].set({ namespace, name }, at / 1_000);
  }
  metrics.keySeriesOmitted.set({ metric: which === 'keyExpiry' ? 'expiry' : 'next_rotation' }, omitted);
}

/** One thing and its time, in ms since 1970. */
export interface Timed<T> {
  readonly of: T;
  readonly at: number;
}

/** The `most` earliest ones, in no order, and how many are left out. */
export function soonest<T>(all: readonly Timed<T>[], most: number): { shown: Timed<T>[]; omitted: number } {
  if (all.length <= most) return { shown: [...all], omitted: 0 };
  const shown = all.toSorted((a, b) => a.at - b.at).slice(0, most);
  return { shown, omitted: all.length - shown.length };
}
