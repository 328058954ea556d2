import type { Context } from '../accesskey/context/context.ts';
import { createHints } from '../accesskey/context/hints.ts';
import { reconcileAccessKey } from '../accesskey/reconcile.ts';
import { isAtRest } from '../accesskey/status/status.ts';
import { isOvertaken } from '../accesskey/up-to-date/overtaken.ts';
import { GROUP } from '../api/names.ts';
import { createEventRecorder, type EventRecorder } from '../kube/events.ts';
import { reconcileTimes } from '../metrics/instruments.ts';
import { reasonFor } from '../metrics/inventory.ts';
import { closeAll } from '../objectstore/connect.ts';
import type { StoreContext } from '../objectstore/context.ts';
import { reconcileStore } from '../objectstore/reconcile.ts';
import { reconcileSweep } from '../objectstore/reconcile-sweep.ts';
import { endWatches } from '../objectstore/references.ts';
import { storeKeyOf } from '../objectstore/store-kinds.ts';
import { requestFullPass, type StoreState, type StoreStates } from '../objectstore/store-state.ts';
import { createStores } from '../objectstore/stores.ts';
import { type Controller, createController } from '../runtime/controller.ts';
import { keyOf } from '../runtime/key.ts';
import type { Log } from '../runtime/log.ts';
import { createSpread, type Spread } from '../runtime/spread.ts';
import { eventLoop } from '../runtime/yield.ts';
import { accessKeyContext, objectStoreContext, readsOnly, type Shared } from './contexts.ts';
import { createEnqueue, type Enqueue, type Queues } from './enqueue.ts';
import type { Parts } from './parts.ts';
import { passTimeoutMs } from './pass-timeout.ts';
import { createQueues, STORE_WORKERS } from './queues.ts';
import { createProviders, maxConcurrency } from './store-clients.ts';
import type { Watches } from './watches.ts';

/** The controllers and what they share. */
export interface Controllers {
  readonly all: readonly Controller[];
  readonly enqueue: Enqueue;
  /** Records an AccessKey that has appeared in the cache. If this process leads by then, the key is new. */
  readonly onAppeared: (key: string, uid: string) => void;
  readonly events: EventRecorder;
  readonly states: StoreStates;
  /** Starts to reconcile, beginning with all existing objects. */
  start(): Promise<void>;
  /** Takes no new work, and gives running reconciles `graceMs` to end. */
  stop(graceMs: number): Promise<void>;
}

/**
 * The number of stores whose keys may run at full width at the same time. A hanging store takes only its own
 * width.
 */
const STORES_AT_ONCE = 16;
const STORE_TIMEOUT_MS = 180_000;
/** A sweep costs the store and this process more than any other work. */
const SWEEPS_AT_ONCE = 4;
const SAFETY_NET_MS = 180_000;

/** Makes the controllers and what they share. It starts none of them. */
export function createControllers(parts: Parts, releases: AsyncDisposableStack): Controllers {
  const { config, log, watches, timings, now } = parts;
  const states = releases.adopt(new Map<string, StoreState>(), (it) => closeStores(it, log));
  const queues = createQueues({ ...parts, states });
  const keysWait = () => queues.accessKeys.length > 0;
  const enqueue = createEnqueue(queues, (key) => requestFullPass(states, key));
  const events = createEventRecorder({ ...eventOptions(parts), isBusy: keysWait });
  const stores = createStores({
    states,
    exists: (key) => watches.storeObjects.get(key) !== undefined,
    clusterObjectStores: config.clusterObjectStores,
    readsOnly: readsOnly(parts),
    queueStore: enqueue.store,
    now,
  });
  const hints = createHints(now, timings.lateWritesMs);
  const shared: Shared = { ...parts, enqueue, events, stores, states, hints };
  const keyContext = accessKeyContext(shared);
  releases.defer(() => keyContext.takenNames.close());
  const { intercept } = parts.leadership;
  const providers = createProviders({ ...parts, intercept, isWanted: keysWait });
  const storeContext = objectStoreContext(shared, providers);
  const accessKeys = keyController(shared, keyContext, queues.accessKeys);
  const { objectStores, sweeps } = storeControllers(shared, storeContext, queues);
  const spreads = [createPolicyChecks(shared), createSafetyNet(shared)];
  return {
    all: [accessKeys, objectStores, sweeps],
    enqueue,
    onAppeared: (key, uid) => {
      if (enqueue.isOpen()) hints.appeared(key, uid);
    },
    events,
    states,
    start: () => start({ controllers: [objectStores, sweeps, accessKeys], spreads, enqueue, watches }),
    async stop(graceMs) {
      for (const spread of spreads) spread.stop();
      await Promise.all([accessKeys, objectStores, sweeps].map((controller) => controller.stop(graceMs)));
    },
  };
}

function keyController(
  { config, metrics, watches, states, log }: Shared,
  context: Context,
  queue: Queues['accessKeys'],
): Controller {
  const clientOf = (key: string) => {
    const accessKey = watches.accessKeys.get(key);
    return accessKey && states.get(storeKeyOf(accessKey))?.client;
  };
  return createController({
    name: 'accesskey',
    queue,
    concurrency: maxConcurrency(config) * STORES_AT_ONCE,
    reconcile: (key, signal) => reconcileAccessKey(context, key, signal),
    timeoutMs: (key) => passTimeoutMs(clientOf(key)),
    isOvertaken: (key) => isOvertaken(context, key),
    onResult: reconcileTimes(metrics, 'accesskey', (key) => reasonFor(watches.accessKeys.get(key))),
    log,
  });
}

function storeControllers({ metrics, watches, log }: Shared, context: StoreContext, queues: Queues) {
  const timesOf = (name: string) =>
    reconcileTimes(metrics, name, (key) => reasonFor(watches.storeObjects.get(key)));
  return {
    objectStores: createController({
      name: 'objectstore',
      queue: queues.objectStores,
      concurrency: STORE_WORKERS,
      reconcile: (key, signal) => reconcileStore(context, key, signal),
      timeoutMs: () => STORE_TIMEOUT_MS,
      onResult: timesOf('objectstore'),
      log,
    }),
    sweeps: createController({
      name: 'sweep',
      queue: queues.sweeps,
      concurrency: SWEEPS_AT_ONCE,
      reconcile: (key, signal) => reconcileSweep(context, key, signal),
      timeoutMs: () => STORE_TIMEOUT_MS,
      onResult: timesOf('sweep'),
      log,
    }),
  };
}

function eventOptions({ client, instance, log, now }: Parts) {
  return { client, component: `${GROUP}/access-key-operator`, instance, log, now };
}

/**
 * Checks policy documents periodically, since stores offer no watch on them. The key's own worker reads its
 * document, so that nothing else happens to the key meanwhile.
 */
function createPolicyChecks({ config, watches, hints, enqueue, random }: Shared): Spread {
  return createSpread({
    items: watches.accessKeys,
    periodMs: config.policyCheckMs,
    visit(accessKey) {
      const key = keyOf(accessKey);
      hints.wantPolicyCheck(key);
      enqueue.accessKey(key);
    },
    random,
  });
}

/**
 * Queues every key that isn't as its spec says every few minutes, so that none waits for a wake-up that never
 * comes (rule 17).
 */
function createSafetyNet({ watches, enqueue, random }: Shared): Spread {
  return createSpread({
    items: watches.accessKeys,
    periodMs: SAFETY_NET_MS,
    visit(accessKey) {
      if (!isAtRest(accessKey)) enqueue.accessKey(keyOf(accessKey));
    },
    random,
  });
}

async function start({
  controllers,
  spreads,
  enqueue,
  watches,
}: {
  readonly controllers: readonly Controller[];
  readonly spreads: readonly Spread[];
  readonly enqueue: Enqueue;
  readonly watches: Watches;
}): Promise<void> {
  enqueue.open();
  // Queue the stores that exist. A store that has gone needs nothing.
  for (const store of watches.storeObjects.values()) enqueue.store(keyOf(store));
  for (const controller of controllers) controller.start();
  for (const spread of spreads) spread.start();
  for (const accessKey of watches.accessKeys.values()) {
    await eventLoop.yield();
    enqueue.accessKey(keyOf(accessKey));
  }
}

async function closeStores(states: ReadonlyMap<string, StoreState>, log: Log): Promise<void> {
  for (const state of states.values()) {
    endWatches(state);
    await closeAll({ log }, state);
  }
}
