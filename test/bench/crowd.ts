/** Many AccessKeys at once: applied as fast as the API server takes them, and watched until they are Ready. */

import { API_VERSION } from '../../src/api/names.ts';
import type { AccessKey } from '../../src/api/schema/accesskey.ts';
import { createKubeClient } from '../../src/kube/client.ts';
import { createClientset } from '../../src/kube/clientset.ts';
import { loadConnection } from '../../src/kube/load-connection.ts';
import type { ObjectMeta, Secret } from '../../src/kube/objects.ts';
import type { KubeResource } from '../../src/kube/resource.ts';
import { createReflector } from '../../src/runtime/reflector.ts';
import { inParallel } from './parallel.ts';
import { SPEC } from './spec.ts';
import type { Stage } from './stage.ts';

/** The number of concurrent applies, which `kubectl apply` of many files or a GitOps tool hardly reaches. */
const APPLYING = 16;

export interface Crowd {
  readonly accessKeys: KubeResource<AccessKey>;
  readonly secrets: KubeResource<Secret>;
  /** Applies the keys of these names. @param onApplied gets each as the API server returned it */
  apply(
    namespace: string,
    names: readonly string[],
    options?: { store?: string; onApplied?: (accessKey: AccessKey) => void },
  ): Promise<void>;
  /** Begins to watch the AccessKeys of a namespace that aren't Ready yet. */
  watch(namespace: string): Promise<ReadyWatch>;
  close(): Promise<void>;
}

interface ReadyWatch {
  /** The time at which each key was first seen Ready, by its name, of `performance.now()`. */
  readonly readyAt: ReadonlyMap<string, number>;
  /** Resolves once so many are Ready. @throws Error after that time */
  until(count: number, timeoutMs: number): Promise<void>;
  stop(): void;
}

/** Connects as the administrator. */
export async function createCrowd({ bed }: Pick<Stage, 'bed'>): Promise<Crowd> {
  const connection = await loadConnection({ env: { KUBECONFIG: bed.adminKubeconfig } });
  const client = createKubeClient(connection, { userAgent: 'bench' });
  const { accessKeys, secrets } = createClientset(client);
  return {
    accessKeys,
    secrets,
    apply: (namespace, names, { store = 'default', onApplied } = {}) =>
      inParallel(names, APPLYING, async (name) => {
        const spec = { ...SPEC, storeRef: { kind: 'ClusterObjectStore' as const, name: store } };
        const applied = await accessKeys.create({ ...KIND, metadata: { name, namespace }, spec });
        onApplied?.(applied);
      }),
    watch: (namespace) => watchReady(accessKeys, namespace),
    close: () => client.close(),
  };
}

const KIND = { apiVersion: API_VERSION, kind: 'AccessKey' } as const;

/** True if the key is Ready for its present spec. */
function isReady({ metadata, status }: AccessKey): boolean {
  return (
    status?.observedGeneration === metadata.generation &&
    status.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') === true
  );
}

const nothing = () => {};
const said = (_fields: object, message: string) =>
  console.error(`bench: the watch of AccessKeys: ${message}`);
const LOG = { debug: nothing, info: nothing, warn: said, error: said };

async function watchReady(accessKeys: KubeResource<AccessKey>, namespace: string): Promise<ReadyWatch> {
  const readyAt = new Map<string, number>();
  let wake = () => {};
  // The API server ends a watch that is slow to read thousands of events; a reflector goes on from where it was.
  const reflector = createReflector<AccessKey, SeenKey>({
    name: 'accesskeys',
    source: accessKeys.listWatch({ namespace }),
    transform: (accessKey) => ({ metadata: bare(accessKey.metadata), ready: isReady(accessKey) }),
    log: LOG,
  });
  reflector.start((_key, _before, after) => {
    if (!after?.ready || !reflector.hasSynced() || readyAt.has(after.metadata.name)) return;
    readyAt.set(after.metadata.name, performance.now());
    wake();
  });
  await reflector.synced;
  return {
    readyAt,
    until: (count, timeoutMs) =>
      new Promise((resolve, reject) => {
        const late = () =>
          reject(new Error(`${readyAt.size} of ${count} keys are Ready after ${timeoutMs} ms`));
        const timer = setTimeout(late, timeoutMs);
        wake = () => {
          if (readyAt.size < count) return;
          clearTimeout(timer);
          resolve();
        };
        wake();
      }),
    stop: () => void reflector.stop(),
  };
}

/** The part of an AccessKey that is kept, because there may be thousands. */
interface SeenKey {
  readonly metadata: Pick<ObjectMeta, 'name' | 'uid' | 'resourceVersion'> & { readonly namespace: string };
  readonly ready: boolean;
}

function bare({ name, namespace, uid, resourceVersion }: AccessKey['metadata']): SeenKey['metadata'] {
  return { name, namespace, uid, resourceVersion };
}
