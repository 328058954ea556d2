/** A store of each kind with an operator, and keys in it: what the tests of the suite begin with. */
import { randomBytes } from 'node:crypto';
import type { Client } from 'minio';
import { afterAll, beforeAll } from 'vitest';
import type { AccessKey, AccessKeySpec } from '../../src/api/schema/accesskey.ts';
import type { Pair, StoreUser } from '../../src/provider/provider.ts';
import { type FaultProxy, startProxy } from '../bed/proxy.ts';
import {
  type Fixtures,
  type NamespacedRef,
  readHello,
  readPair,
  ready,
  s3Client,
  s3Outcome,
  secretOf,
  storeReady,
  storeRef,
  usersOf,
} from '../integration/support/fixtures.ts';
import { createStore, describeStores, type RunningStore, STORES, type StoreKind } from './stores.ts';

type Spec = Partial<Omit<AccessKeySpec, 'storeRef'>>;

/** Makes a bucket with one object `hello` in it. @returns its name */
async function makeBucket(root: Client, prefix: string): Promise<string> {
  const name = `${prefix}-${randomBytes(4).toString('hex')}`;
  await root.makeBucket(name);
  await root.putObject(name, 'hello', 'hello');
  return name;
}

/** A key that is ready. */
interface Key {
  readonly ref: NamespacedRef;
  readonly accessKey: AccessKey;
  readonly pair: Pair;
  /** A client that signs with the pair. */
  readonly s3: Client;
}

/** A store of one kind, with two buckets that have an object `hello` each. */
export interface Suite {
  readonly kind: StoreKind;
  /** The name of the ClusterObjectStore. */
  readonly name: string;
  readonly namespace: string;
  readonly store: RunningStore;
  /** Between the operator and the store's users. */
  readonly proxy: FaultProxy;
  readonly photos: string;
  readonly logs: string;
  /** Makes a key, by default one that writes to `photos`. */
  newKey(spec?: Spec): Promise<Key>;
  /** Edits a key, and waits until it is ready as it is then. */
  edit(ref: NamespacedRef, spec: object): Promise<AccessKey>;
  /** Returns the outcome of reading the object `hello` of a bucket, by default `photos`, with the pair. */
  read(pair: Pair, bucket?: string): Promise<string>;
  /** The users that the store has for the AccessKey. */
  usersOf(ref: NamespacedRef): Promise<StoreUser[]>;
}

/**
 * Describes what every kind of store does. The tests take all of the suite when they run: it is empty before.
 * @param given with an operator that starts before
 * @param spec more of the store's
 */
export function describeSuite(given: Fixtures, spec: object, body: (suite: Suite) => void): void {
  const { bed, cluster } = given;
  describeStores(STORES, (kind) => {
    const name = `suite-${randomBytes(3).toString('hex')}`;
    const suite = {} as { -readonly [Field in keyof Suite]: Suite[Field] };

    beforeAll(async () => {
      const namespace = await given.namespace();
      const store = await kind.start(bed, cluster);
      const proxy = await startProxy(store.usersEndpoint);
      const root = s3Client(store, store.root);
      const [photos, logs] = [await makeBucket(root, 'photos'), await makeBucket(root, 'logs')];
      const grants = [{ namespaces: { all: true }, buckets: ['*'], unrestricted: true }];
      await createStore(bed, { name, namespace }, store, { grants, ...spec }, proxy.url);
      await storeReady(bed, storeRef(name));
      Object.assign(suite, { kind, name, namespace, store, proxy, photos, logs });
    });

    afterAll(async () => {
      const { namespace, store, proxy } = suite;
      if (!store) return;
      await given.clear(namespace);
      await store.admin.close();
      await proxy.close();
    });

    const read = (pair: Pair, bucket = suite.photos) =>
      s3Outcome(readHello(s3Client(suite.store, pair), bucket));
    Object.assign(suite, {
      read,
      newKey: async (more: Spec = {}) => {
        const bucketAccess = [{ bucketName: suite.photos, permissions: 'read_write' as const }];
        const ref = await given.accessKey(suite.namespace, name, { limited: true, bucketAccess, ...more });
        const accessKey = await ready(bed, ref);
        const pair = await readPair(bed, secretOf(ref));
        return { ref, accessKey, pair, s3: s3Client(suite.store, pair) };
      },
      edit: async (ref: NamespacedRef, change: object) => {
        await bed.api.patch(ref, { spec: change });
        return ready(bed, ref);
      },
      usersOf: (ref: NamespacedRef) => usersOf(suite.store, cluster, ref),
    });
    body(suite);
  });
}
