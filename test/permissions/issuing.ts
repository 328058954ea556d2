/** A MinIO of the test file's own with a bucket for each level, and an operator that issues keys for it. */
import type { Client } from 'minio';
import { LEVELS, type Level } from '../../scripts/docs/permissions/levels.ts';
import type { AccessKeySpec } from '../../src/api/schema/accesskey.ts';
import type { Pair } from '../../src/provider/provider.ts';
import {
  fixtures,
  type NamespacedRef,
  readPair,
  ready,
  s3Client,
  secretOf,
  type TestStore,
} from '../integration/support/fixtures.ts';
import { startOwnMinio } from '../integration/support/minio-server.ts';
import { GRANTS } from './levels.ts';
import type { Caller, Target } from './operation.ts';
import { callerOf, makeTarget } from './targets.ts';

type Access = Pick<AccessKeySpec, 'limited' | 'bucketAccess'>;

export interface Issued {
  readonly key: NamespacedRef;
  readonly pair: Pair;
  readonly caller: Caller;
}

export interface Issuing {
  /** http://127.0.0.1:PORT */
  readonly endpoint: string;
  /** The store's root user. */
  readonly root: Client;
  readonly store: TestStore;
  /** What that level is tried on. */
  target(level: Level): Target;
  /** Makes an AccessKey and waits for its pair. */
  issue(access: Access): Promise<Issued>;
  /** Changes what an AccessKey asks for, and waits until that is in force. */
  edit(issued: Issued, access: Access): Promise<void>;
  /** Deletes the AccessKey and waits until it is gone. */
  revoke(issued: Issued): Promise<void>;
  end(): Promise<void>;
}

/** Starts all of it. @param prefix begins the names of what is made in the cluster */
export async function startIssuing(prefix: string): Promise<Issuing> {
  const given = await fixtures(prefix);
  const own = await startOwnMinio();
  const { endpoint } = own.minio;
  const root = s3Client(own.minio, own.root);
  await given.operator();
  const store = await given.store({ minio: own.minio, grants: GRANTS });
  const namespace = await given.namespace();
  const targets = new Map<Level, Target>();
  for (const level of LEVELS) targets.set(level, await makeTarget(root, level));
  return {
    endpoint,
    root,
    store,
    target(level) {
      const target = targets.get(level);
      if (!target) throw new Error(`${level} has no bucket`);
      return target;
    },
    async issue(access) {
      const key = await given.accessKey(namespace, store, access);
      await ready(given.bed, key);
      const pair = await readPair(given.bed, secretOf(key));
      return { key, pair, caller: callerOf(endpoint, pair) };
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
      await own.end();
    },
  };
}
