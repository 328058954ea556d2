/**
 * The operator is killed with SIGKILL between any two requests of a creation, an edit, a re-issue, a rotation and a
 * deletion, and started again. The requests are counted once without a fault, so a new one is covered by itself.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { accessKeyTag, tagOf } from '../../src/accesskey/identity.ts';
import type { AccessKey } from '../../src/api/accesskey.ts';
import type { Pair } from '../../src/store/store.ts';
import type { Operator } from '../bed/operator.ts';
import {
  expectRevoked,
  fixtures,
  type NamespacedRef,
  policyOf,
  readPair,
  ready,
  s3Client,
  s3Outcome,
  samePair,
  secretOf,
  until,
} from './fixtures.ts';
import { type PairWatcher, watchPairs } from './pair-watcher.ts';
import { type Proxied, proxied, tally } from './proxied.ts';

const crash = await fixtures('crash');
const { bed, cluster } = crash;
let behind: Proxied;
let namespace: string;
let watcher: PairWatcher;
let operator: Operator;

beforeAll(async () => {
  behind = await proxied(crash);
  namespace = await crash.namespace();
  watcher = await watchPairs(bed, bed.minio, namespace);
  operator = await behind.operator();
});
afterAll(async () => {
  await crash.end();
  await behind.close();
});

const reading = { limited: true, bucketAccess: [{ bucketName: 'before', permissions: 'read_only' }] } as const;
const writing = { limited: true, bucketAccess: [{ bucketName: 'after', permissions: 'read_write' }] } as const;

interface Key {
  readonly ref: NamespacedRef;
  /** What it had before. */
  readonly pair: Pair | undefined;
}

interface Scenario {
  readonly name: string;
  prepare(): Promise<Key>;
  act(key: Key): Promise<void>;
  /** Waits until what was asked for has come about. */
  done(key: Key): Promise<void>;
  /** Whether the pair from before is still the one that the Secret has. */
  readonly keepsPair?: boolean;
  readonly deletes?: boolean;
}

const keyNames = (function* names() {
  for (let n = 1; ; n += 1) yield `key-${n}`;
})();

async function create(): Promise<NamespacedRef> {
  return crash.accessKey(namespace, behind.store, reading, keyNames.next().value);
}

async function prepareReady(): Promise<Key> {
  const ref = await create();
  await ready(bed, ref);
  const pair = await readPair(bed, secretOf(ref));
  expect(await watcher.used(pair.accessKeyId)).toBe('ok');
  await behind.quiet();
  return { ref, pair };
}

/** Ready with another pair than before, in the status too. */
async function reissued({ ref, pair: before }: Key): Promise<void> {
  await until('issued again', async () => {
    const { accessKeyId } = (await ready(bed, ref)).status;
    const pair = await currentPair(ref);
    return pair && pair.accessKeyId !== before?.accessKeyId && pair.accessKeyId === accessKeyId;
  });
}

let nextName = 0;
const scenarios: Scenario[] = [
  {
    name: 'creation',
    prepare: async () => {
      nextName += 1;
      const metadata = { namespace, name: `new-${nextName}` };
      return { ref: { apiVersion: 'accesskeys.dev/v1alpha1', kind: 'AccessKey', metadata }, pair: undefined };
    },
    act: async ({ ref }) => {
      await crash.accessKey(namespace, behind.store, reading, ref.metadata.name);
    },
    done: async ({ ref }) => {
      await ready(bed, ref);
    },
  },
  {
    name: 'edit',
    prepare: prepareReady,
    act: async ({ ref }) => {
      await bed.api.patch(ref, { spec: writing });
    },
    done: async ({ ref }) => {
      await ready(bed, ref);
      const policy = await behind.store.admin.getPolicy(policyOf(cluster, ref));
      expect(JSON.stringify(policy?.document)).toContain('arn:aws:s3:::after');
      expect(JSON.stringify(policy?.document)).not.toContain('arn:aws:s3:::before');
    },
    keepsPair: true,
  },
  {
    name: 're-issue after the Secret was deleted',
    prepare: prepareReady,
    act: ({ ref }) => bed.api.delete(secretOf(ref)),
    done: reissued,
  },
  {
    name: 'deletion',
    prepare: prepareReady,
    act: ({ ref }) => bed.api.delete(ref),
    done: ({ ref }) => bed.api.waitGone(ref),
    deletes: true,
  },
];
