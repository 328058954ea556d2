import { createHints } from '../../../src/accesskey/context/hints.ts';
import { type SecretFacts, secretFacts } from '../../../src/accesskey/secret/facts.ts';
import { readyOf } from '../../../src/api/conditions.ts';
import type { AccessKey } from '../../../src/api/schema/accesskey.ts';
import type { ClusterObjectStore } from '../../../src/api/schema/clusterobjectstore.ts';
import type { ObjectStore } from '../../../src/api/schema/objectstore.ts';
import { createKubeClient } from '../../../src/kube/client.ts';
import { createClientset } from '../../../src/kube/clientset.ts';
import { loadConnection } from '../../../src/kube/load-connection.ts';
import type { Namespace, Secret } from '../../../src/kube/objects.ts';
import type { StoreContext } from '../../../src/objectstore/context.ts';
import { createKeysByStore } from '../../../src/objectstore/keys-by-store.ts';
import { type OwnerlessCounts, treatOrphans } from '../../../src/objectstore/orphans.ts';
import {
  ofClusterObjectStore,
  ofObjectStore,
  type StoreObject,
} from '../../../src/objectstore/store-kinds.ts';
import { createStoreState } from '../../../src/objectstore/store-state.ts';
import { sweepUsers } from '../../../src/objectstore/sweep.ts';
import { toCachedNamespace } from '../../../src/operator/watches.ts';
import { IAM } from '../../../src/provider/iam/traits.ts';
import { MINIO } from '../../../src/provider/minio/traits.ts';
import type { Store } from '../../../src/provider/provider.ts';
import { type Cached, createCache, type OnHeld, type WatchedCache } from '../../../src/runtime/cache.ts';
import { keyOf } from '../../../src/runtime/key.ts';
import type { Fixtures, NamespacedRef, TestStore } from './fixtures.ts';

export interface SweeperOptions {
  /** The namespace that the operator watches; default: all. */
  readonly namespace?: string;
  readonly isWatched?: (namespace: string) => boolean;
  readonly kubeconfig?: string;
}

/** An operator's sweep of one store, by a clock of the test's own: what it does over hours takes no hours. */
export interface Sweeper {
  /** Reads the cluster anew, as caches that are up to date would show it, and sweeps. */
  sweep(spec?: Partial<StoreObject['spec']>): Promise<OwnerlessCounts>;
  later(ms: number): void;
  /** Has a namespace seem to be made now, by this clock: the API server lets nobody choose when. */
  remake(namespace: string): void;
  /** Has its cache miss a key from now on, as one does that may not see what was made lately. */
  overlook(ref: NamespacedRef): void;
  close(): Promise<void>;
}

/** Makes a sweeper of a store from the operator's own parts, the real API server and the real store. */
export async function sweeper(
  { bed, cluster }: Pick<Fixtures, 'bed' | 'cluster'>,
  of: Pick<TestStore, 'ref' | 'name'> & { readonly admin: Store },
  { namespace, isWatched = () => true, kubeconfig = bed.adminKubeconfig }: SweeperOptions = {},
): Promise<Sweeper> {
  const clock = { now: Date.now() };
  const now = () => clock.now;
  const overlooked = new Set<string>();
  const remade = new Map<string, number>();
  const client = createKubeClient(await loadConnection({ env: { KUBECONFIG: kubeconfig } }), {
    userAgent: 'test',
  });
  const list = async <T>(apiVersion: string, kind: string, inNamespace = namespace) =>
    (await bed.api.list({
      apiVersion,
      kind,
      ...(inNamespace !== undefined && { namespace: inNamespace }),
    })) as unknown as T[];
  const cacheOf = <T extends Cached>(items: readonly T[], onHeld?: OnHeld<T>) => {
    const cache = createCache<T>(() => {}, undefined, onHeld);
    takeIn(cache, items);
    return cache.cache;
  };
  const state = createStoreState();
  const hints = createHints(now);
  const { signal } = new AbortController();
  const API = 'accesskeys.dev/v1alpha1';

  return {
    async sweep(spec = {}) {
      const accessKeys = (await list<AccessKey>(API, 'AccessKey')).filter(
        ({ metadata }) => !overlooked.has(metadata.name),
      );
      const secrets = (await list<Secret>('v1', 'Secret')).filter(({ metadata }) => metadata.labels);
      const namespaces = (await bed.api.list({
        apiVersion: 'v1',
        kind: 'Namespace',
      })) as unknown as Namespace[];
      const stores = [
        ...(await list<ObjectStore>(API, 'ObjectStore')).map(ofObjectStore),
        ...(
          (await bed.api.list({
            apiVersion: API,
            kind: 'ClusterObjectStore',
          })) as unknown as ClusterObjectStore[]
        ).map(ofClusterObjectStore),
      ];
      const store = stores.find(
        ({ kind, metadata }) =>
          kind === of.ref.kind &&
          metadata.name === of.name &&
          metadata.namespace === of.ref.metadata.namespace,
      );
      if (!store) throw new Error(`there is no ${of.ref.kind} ${of.name}`);
      const swept = { ...store, spec: { ...store.spec, ...spec } };
      const all = new Map(stores.map((one) => [keyOf(one), one === store ? swept : one]));
      const keysByStore = createKeysByStore();
      const ctx = {
        cluster,
        accessKeys: createClientset(client).accessKeys,
        stores: { get: (key: string) => all.get(key), values: () => all.values() },
        accessKeyCache: cacheOf(accessKeys, keysByStore.change),
        keysByStore,
        secretCache: cacheOf<SecretFacts>(secrets.map(secretFacts)),
        namespaceCache: cacheOf(
          namespaces
            .map(toCachedNamespace)
            .map((one) => ({ ...one, createdAt: remade.get(one.name) ?? one.createdAt })),
        ),
        states: new Map(
          stores
            .filter((one) => readyOf(one)?.status === 'True')
            .map((one) => [keyOf(one), { ...createStoreState(), view: { kind: 'ready' } }]),
        ),
        isWatched,
        readsOnly: () => false,
        providers: { MinIO: MINIO, IAM },
        hints,
        queueAccessKey: () => {},
        events: { record: () => {} },
        log: { warn: () => {}, info: () => {} },
        now,
      } as unknown as StoreContext;
      const pass = { ctx, key: keyOf(swept), store: swept, state, client: of.admin, signal };
      const { ownerless } = await sweepUsers(pass);
      let counts: OwnerlessCounts = { orphanedUsers: 0, retainedUsers: 0 };
      const onCounted = (counted: OwnerlessCounts) => {
        counts = counted;
      };
      await treatOrphans(pass, ownerless, onCounted);
      return counts;
    },
    later(ms) {
      clock.now += ms;
    },
    remake: (name) => void remade.set(name, clock.now),
    overlook: ({ metadata }) => void overlooked.add(metadata.name),
    close: () => client.close(),
  };
}

function takeIn<T extends Cached>(of: WatchedCache<T>, items: readonly T[]): void {
  for (const _ of of.replacing(items, '1'));
}
