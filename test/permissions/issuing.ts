/** A store of the test file's own with a bucket for each level, and an operator that issues keys for it. */
import type { Client } from 'minio';
import { LEVELS, type Level } from '../../scripts/docs/permissions/levels.ts';
import type { AccessKeySpec } from '../../src/api/schema/accesskey.ts';
import type { Pair, Store } from '../../src/provider/provider.ts';
import { createStore, type RunningStore, type StoreKind } from '../conformance/stores.ts';
import {
  fixtures,
  type NamespacedRef,
  readPair,
  ready,
  s3Client,
  secretOf,
  storeReady,
  storeRef,
  until,
} from '../integration/support/fixtures.ts';
import { GRANTS } from './levels.ts';
import type { Caller, Target } from './operation.ts';
import { callerOf, makeTarget } from './targets.ts';

type Access = Pick<AccessKeySpec, 'limited' | 'bucketAccess'>;

export interface Issued {
  readonly key: NamespacedRef;
  readonly pair: Pair;
  readonly caller: Caller;
}

export interface Issuing<Admin extends Store = Store> {
  /** http://127.0.0.1:PORT */
  readonly endpoint: string;
  /** The store's root user. */
  readonly root: Client;
  readonly store: RunningStore<Admin>;
  /** Returns the target of that level. */
  target(level: Level): Target;
  /** Makes an AccessKey and waits for its pair. */
  issue(access: Access): Promise<Issued>;
  /** The same; undefined if a policy of the store is too short for that. */
  issueIfFits(access: Access): Promise<Issued | undefined>;
  /** Changes what an AccessKey asks for, and waits until that is in force. */
  edit(issued: Issued, access: Access): Promise<void>;
  /** Deletes the AccessKey and waits until it is gone. */
  revoke(issued: Issued): Promise<void>;
  end(): Promise<void>;
}

/** Starts all of it. @param prefix begins the names of what is made in the cluster */
export async function startIssuing<Admin extends Store>(
  prefix: string,
  kind: StoreKind<Admin>,
): Promise<Issuing<Admin>> {
  const given = await fixtures(prefix);
  const store = await kind.start(given.bed, given.cluster);
  const { endpoint } = store;
  const root = s3Client(store, store.root);
  await given.operator();
  const namespace = await given.namespace();
  const name = namespace;
  await createStore(given.bed, { name, namespace }, store, { grants: GRANTS });
  await storeReady(given.bed, storeRef(name));
  const targets = new Map<Level, Target>();
  for (const level of LEVELS) targets.set(level, await makeTarget(root, level));
  async function issueIfFits(access: Access): Promise<Issued | undefined> {
    const key = await given.accessKey(namespace, name, access);
    const ended = await until('issued or refused', async () => {
      const { status } = (await given.bed.api.get(key)) ?? {};
      const { reason, status: isReady } = status?.conditions?.find(({ type }) => type === 'Ready') ?? {};
      return (isReady === 'True' || reason === 'PolicyTooLarge') && (reason ?? '');
    });
    if (ended === 'PolicyTooLarge') return undefined;
    const pair = await readPair(given.bed, secretOf(key));
    return { key, pair, caller: callerOf(endpoint, pair) };
  }
  return {
    endpoint,
    root,
    store,
    issueIfFits,
    target(level) {
      const target = targets.get(level);
      if (!target) throw new Error(`${level} has no bucket`);
      return target;
    },
    async issue(access) {
      const issued = await issueIfFits(access);
      if (!issued) throw new Error('the policy is too large for the store');
      return issued;
    },
    async edit({ key }, access) {
      await given.bed.api.patch(key, { spec: access });
      await ready(given.bed, key);
    },
    async revoke({ key }) {
      await given.bed.api.delete(key);
      await given.bed.api.waitGone(key);
    },
    async end() {
      await given.end();
      await store.admin.close();
    },
  };
}
