/** Scenarios of a key, in the middle of which a test kills the operator. */
import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import type { AccessKeySpec } from '../../../src/api/schema/accesskey.ts';
import type { Policy } from '../../../src/provider/policy.ts';
import type { Pair, Store } from '../../../src/provider/provider.ts';
import {
  accessKeyRef,
  type Fixtures,
  limitedKey,
  type NamespacedRef,
  namespaceRef,
  policyOf,
  readPair,
  ready,
  reason,
  s3Client,
  secretOf,
  secretRef,
  until,
} from './fixtures.ts';

/** The store of a scenario, of whatever kind. */
interface ScenarioStore {
  readonly name: string;
  /** The S3 API. */
  readonly endpoint: string;
  readonly root: Pair;
  /** A client of the users as root. */
  readonly admin: Store;
}

/** A namespace of one scenario: its keys come one after the other. */
export interface Track {
  readonly namespace: string;
  readonly store: ScenarioStore;
}

/** A key, and the pair that it had before something was asked of it. */
export interface Key extends Track {
  readonly ref: NamespacedRef;
  readonly pair: Pair | undefined;
}

/**
 * The fate of the earlier pair. `made`: there was none; `replaced` leaves it its grace, `ended` doesn't;
 * `off`: it is kept and refused; `left`: it outlives its AccessKey.
 */
type Fate = 'made' | 'kept' | 'replaced' | 'ended' | 'off' | 'revoked' | 'left';

/** Waits until somebody has used the pair of that id in that namespace; gives what came of it. */
export type Used = (namespace: string, accessKeyId: string) => Promise<string | undefined>;

export interface Scenario {
  readonly fate: Fate;
  readonly prepare: (track: Track, name: string) => Promise<Key>;
  readonly act: (key: Key) => Promise<unknown>;
  /** Waits until what was asked for has come about. */
  readonly done: (key: Key) => Promise<unknown>;
}

/** A policy that every MinIO has. */
const MINIO_BUILT_IN = 'readwrite';
const ANYTHING: Policy = {
  mark: '',
  access: { kind: 'unrestricted' },
  mayCreate: [],
  everyKeyMay: { listBuckets: true, createBuckets: true },
  extraActions: [],
};

/** The labels by which the store's grants select namespaces. */
export const GRANTED = { crash: 'granted' };

type Spec = Partial<Omit<AccessKeySpec, 'storeRef'>>;
const before: Spec = limitedKey({ before: 'read_only' });
const after: Spec = limitedKey({ after: 'read_write' });

const bucketOf = ({ ref, namespace }: Pick<Key, 'ref' | 'namespace'>) => `${namespace}.${ref.metadata.name}`;
const withBucket = (key: Key): Spec => ({
  limited: true,
  bucketAccess: [{ bucketName: bucketOf(key), permissions: 'read_write', create: true }],
});

/**
 * Makes them. That of an import is for MinIO, which alone takes over users.
 * @param used waits until somebody has used the pair of that id in that namespace
 */
export function crashScenarios(crash: Fixtures, used: Used): Record<string, Scenario> {
  const { bed, cluster } = crash;
  const create = (spec: Spec) => async (key: Key) => {
    await crash.accessKey(key.namespace, key.store.name, { ...before, ...spec }, key.ref.metadata.name);
  };
  const patch = (spec: object) => (key: Key) => bed.api.patch(key.ref, { spec });

  const nothing = async (track: Track, name: string): Promise<Key> => ({
    ...track,
    ref: accessKeyRef(track.namespace, name),
    pair: undefined,
  });

  const issued =
    (spec: Spec = {}) =>
    async (track: Track, name: string): Promise<Key> => {
      const key = await nothing(track, name);
      await create(spec)(key);
      await ready(bed, key.ref);
      const pair = await readPair(bed, secretOf(key.ref));
      await used(track.namespace, pair.accessKeyId);
      return { ...key, pair };
    };

  /** Ready by another pair than before, as the status says too. */
  const replaced = ({ ref, pair }: Key) =>
    until('issued again', async () => {
      const { accessKeyId } = (await ready(bed, ref)).status;
      const now = (await bed.api.get(secretOf(ref))) && (await readPair(bed, secretOf(ref)));
      return now && now.accessKeyId !== pair?.accessKeyId && now.accessKeyId === accessKeyId;
    });

  const refused = async ({ store, pair }: Key) => {
    expect((await store.admin.getUser(pair?.accessKeyId ?? ''))?.enabled).toBe(false);
  };

  return {
    creation: { fate: 'made', prepare: nothing, act: create({}), done: ({ ref }) => ready(bed, ref) },
    'creation with its bucket': {
      fate: 'made',
      prepare: nothing,
      act: (key) => create(withBucket(key))(key),
      async done({ ref, namespace, store }) {
        await ready(bed, ref);
        expect(await s3Client(store, store.root).bucketExists(bucketOf({ ref, namespace }))).toBe(true);
      },
    },
    edit: {
      fate: 'kept',
      prepare: issued(),
      act: patch(after),
      async done({ ref, store }) {
        await ready(bed, ref);
        const policy = JSON.stringify(await store.admin.readPolicy(policyOf(cluster, ref)));
        expect(policy).toContain('arn:aws:s3:::after');
        expect(policy).not.toContain('arn:aws:s3:::before');
      },
    },
    're-issue after the Secret was deleted': {
      fate: 'replaced',
      prepare: issued(),
      act: ({ ref }) => bed.api.delete(secretOf(ref)),
      done: replaced,
    },
    rotation: { fate: 'replaced', prepare: issued(), act: patch({ keyGeneration: 2 }), done: replaced },
    'rotation without grace': {
      fate: 'ended',
      prepare: issued({ rotation: { gracePeriod: '0s' } }),
      act: patch({ keyGeneration: 2 }),
      done: replaced,
    },
    deletion: {
      fate: 'revoked',
      prepare: issued(),
      act: ({ ref }) => bed.api.delete(ref),
      done: ({ ref }) => bed.api.waitGone(ref),
    },
    'deletion within a grace': {
      fate: 'revoked',
      async prepare(track, name) {
        const key = await issued()(track, name);
        await patch({ keyGeneration: 2 })(key);
        await replaced(key);
        return key;
      },
      act: ({ ref }) => bed.api.delete(ref),
      done: ({ ref }) => bed.api.waitGone(ref),
    },
    disabling: {
      fate: 'off',
      prepare: issued(),
      act: patch({ disabled: true }),
      async done(key) {
        await reason(bed, key.ref, 'Disabled');
        await refused(key);
      },
    },
    enabling: {
      fate: 'kept',
      async prepare(track, name) {
        const key = await issued()(track, name);
        await patch({ disabled: true })(key);
        await reason(bed, key.ref, 'Disabled');
        return key;
      },
      act: patch({ disabled: false }),
      done: ({ ref }) => ready(bed, ref),
    },
    'withdrawal of the grant': {
      fate: 'off',
      async prepare(track, name) {
        await bed.api.patch(namespaceRef(track.namespace), { metadata: { labels: GRANTED } });
        return issued()(track, name);
      },
      act: ({ namespace }) =>
        bed.api.patch(namespaceRef(namespace), { metadata: { labels: { crash: null } } }),
      async done(key) {
        await reason(bed, key.ref, 'GrantDenied');
        await refused(key);
      },
    },
    expiry: {
      fate: 'revoked',
      prepare: issued(),
      act: (key) => patch({ expiresAt: new Date(Date.now() - 1_000).toISOString() })(key),
      done: ({ ref }) => reason(bed, ref, 'Expired'),
    },
    retention: {
      fate: 'left',
      prepare: issued({ deletionPolicy: 'Retain' }),
      act: ({ ref }) => bed.api.delete(ref),
      done: ({ ref }) => bed.api.waitGone(ref),
    },
    import: {
      fate: 'kept',
      async prepare(track, name) {
        const pair = {
          accessKeyId: `old-${randomBytes(6).toString('hex')}`,
          secretAccessKey: randomBytes(20).toString('hex'),
        };
        await track.store.admin.putUser(pair, { policy: MINIO_BUILT_IN });
        await track.store.admin.attachPolicy(pair.accessKeyId, MINIO_BUILT_IN, ANYTHING);
        const stringData = {
          AWS_ACCESS_KEY_ID: pair.accessKeyId,
          AWS_SECRET_ACCESS_KEY: pair.secretAccessKey,
        };
        await bed.api.apply({ ...secretRef(track.namespace, 'old'), stringData });
        return { ...(await nothing(track, name)), pair };
      },
      act: create({ importFrom: { secretName: 'old' } }),
      done: ({ ref }) => ready(bed, ref),
    },
    'move of the Secret': {
      fate: 'kept',
      prepare: issued(),
      act: (key) => patch({ secretName: `${key.ref.metadata.name}-moved` })(key),
      async done({ ref }) {
        await ready(bed, ref);
        await bed.api.waitGone(secretOf(ref));
      },
    },
  };
}
