/** A set of AccessKeys that come, change and go at random, as a year's worth of edits in minutes. */
import { setTimeout as sleep } from 'node:timers/promises';
import { API_VERSION } from '../../../src/api/names.ts';
import type { AccessKey } from '../../../src/api/schema/accesskey.ts';
import {
  accessKeyRef,
  type Fixtures,
  type NamespacedRef,
  secretRef,
  type TestStore,
  until,
} from './fixtures.ts';
import type { Random } from './seeded-random.ts';

export interface ChurnOptions {
  readonly stores: readonly TestStore[];
  readonly namespace: string;
  /** The number of names. */
  readonly keys: number;
  readonly random: Random;
}

export interface Churn {
  /** Changes one key after the other until the signal aborts, about one in `everyMs`. */
  run(everyMs: number, signal: AbortSignal): Promise<void>;
  /** The number of changes that the API server has accepted, by kind. */
  readonly changes: ReadonlyMap<string, number>;
  /** Waits until every key is what it asks for. @throws Error that says which isn't, and what it says */
  settle(timeoutMs: number): Promise<void>;
}

type Change = (ref: NamespacedRef, spec: AccessKey['spec']) => Promise<unknown>;

export function churning({ bed, accessKey }: Fixtures, options: ChurnOptions): Churn {
  const { stores, namespace, keys, random } = options;
  const { api } = bed;
  const counts = new Map<string, number>();
  const patch = (ref: NamespacedRef, spec: object) => api.patch(ref, { spec });
  const bucketAccess = () => [
    {
      bucketName: random.pick(['photos', 'logs', 'mail']),
      permissions: random.pick(['read_only', 'read_write'] as const),
    },
  ];

  const change: Record<string, Change> = {
    edit: (ref) => patch(ref, { bucketAccess: bucketAccess() }),
    relabel: (ref) => patch(ref, { label: `Label ${random.below(1_000)}` }),
    rotate: (ref, spec) => patch(ref, { keyGeneration: (spec.keyGeneration ?? 1) + 1 }),
    disable: (ref, spec) => patch(ref, { disabled: !spec.disabled }),
    expire: (ref, spec) =>
      patch(ref, {
        expiresAt: new Date(Date.now() + (spec.expiresAt === undefined ? -1_000 : 3_600_000)).toISOString(),
      }),
    move: (ref) => patch(ref, { secretName: `${ref.metadata.name}-${random.below(3)}` }),
    delete: (ref) => api.delete(ref),
    'delete the Secret': (ref, { secretName = ref.metadata.name }) =>
      api.delete(secretRef(namespace, secretName)),
    'take labels off the Secret': (ref, { secretName = ref.metadata.name }) =>
      api.patch(secretRef(namespace, secretName), { metadata: { labels: null } }),
    'wipe the status': (ref) =>
      api.patch(ref, [{ op: 'replace', path: '/status', value: { observedGeneration: -1 } }], {
        subresource: 'status',
      }),
  };
  // Some more often than others.
  const weighted = [
    ...Object.keys(change),
    'edit',
    'edit',
    'rotate',
    'rotate',
    'disable',
    'delete',
    'delete',
  ];

  async function once(): Promise<void> {
    const name = `key-${random.below(keys)}`;
    // Drawn in any case, so that what a server answers changes nothing of what comes after.
    const [kind, store] = [random.pick(weighted), random.pick(stores)];
    const ref = accessKeyRef(namespace, name);
    try {
      const object = await api.get(ref);
      if (!object) await accessKey(namespace, store, { limited: true, bucketAccess: bucketAccess() }, name);
      else if (object.metadata.deletionTimestamp === undefined)
        await change[kind]?.(ref, (object as unknown as AccessKey).spec);
      const done = object ? kind : 'create';
      counts.set(done, (counts.get(done) ?? 0) + 1);
    } catch {
      // The API server is away, somebody was faster, or there is no such Secret: the next change.
    }
  }

  /** Returns why a key doesn't match its spec. */
  function unsettled({ metadata, spec, status }: AccessKey): string | undefined {
    const ready = status.conditions?.find(({ type }) => type === 'Ready');
    const says = `${metadata.name}: ${ready?.reason}: ${ready?.message}`;
    if (metadata.deletionTimestamp !== undefined || status.observedGeneration !== metadata.generation)
      return says;
    const expired = spec.expiresAt !== undefined && Date.parse(spec.expiresAt) <= Date.now();
    const wanted = expired ? 'Expired' : spec.disabled ? 'Disabled' : 'Issued';
    return ready?.reason === wanted ? undefined : says;
  }

  return {
    changes: counts,
    async run(everyMs, signal) {
      while (!signal.aborted) {
        await once();
        await sleep(everyMs * 2 * random.next());
      }
    },
    async settle(timeoutMs) {
      let left: string[] = [];
      await until(
        'settled',
        async () => {
          const objects = await api.list({ apiVersion: API_VERSION, kind: 'AccessKey', namespace });
          left = (objects as unknown as AccessKey[]).map(unsettled).filter((one) => one !== undefined);
          return left.length === 0;
        },
        timeoutMs,
      ).catch((error: unknown) => {
        throw new Error(
          `${left.length} keys don't come to what they ask for:\n${left.slice(0, 10).join('\n')}`,
          {
            cause: error,
          },
        );
      });
    },
  };
}
