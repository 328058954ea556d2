/**
 * The judge of ARCHITECTURE.md's rules, which each scenario ends with: the present state of the API server and of the
 * stores breaks none of them, and no user of a key was ever wrongly refused.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { secretNameOf } from '../../../src/accesskey/secret/facts.ts';
import { API_VERSION } from '../../../src/api/names.ts';
import type { AccessKey } from '../../../src/api/schema/accesskey.ts';
import type { ProbeResult } from '../../../src/provider/provider.ts';
import type { KubeObject } from '../../bed/api.ts';
import type { Fixtures, TestStore } from './fixtures.ts';
import { type Iam, readIam } from './iam-export.ts';
import type { PairWatcher } from './pair-watcher.ts';
import { violations } from './rules-judge.ts';
import { pairOf, type ServerState, type State } from './rules-state.ts';

export interface RulesOptions {
  /** All that AccessKeys of the namespaces name. */
  readonly stores: readonly TestStore[];
  readonly namespaces: readonly string[];
  /** Those who used the keys. */
  readonly watchers?: readonly PairWatcher[];
  /** Returns the operators' output so far. */
  readonly output?: () => readonly string[];
}

export interface Rules {
  /** Every violation, a sentence each, as it is at this moment: something may still be on its way. */
  violations(): Promise<string[]>;
  /** Expects that there are none, at the latest after the time that sweeps and repairs take. */
  hold(options?: { timeoutMs?: number }): Promise<void>;
}

/** Takes what there is now of other people's users and policies as what has to stay as it is. */
export async function rulesFor({ bed, cluster }: Fixtures, options: RulesOptions): Promise<Rules> {
  const { stores, namespaces, watchers = [], output = () => [] } = options;
  const servers = Map.groupBy(stores, ({ minio }) => minio.endpoint);
  const before = new Map<string, Iam>();
  for (const [endpoint, [store]] of servers) if (store) before.set(endpoint, await readIam(store.minio));

  async function serverStates(): Promise<ServerState[]> {
    const found: ServerState[] = [];
    for (const [endpoint, leading] of servers) {
      const [store] = leading;
      const past = before.get(endpoint);
      if (!store || !past) continue;
      const names = new Set(leading.map(({ ref, name }) => `${ref.kind} ${name}`));
      // The export shows MinIO's disk. It may keep a user that no list shows, if its removal lost its client halfway.
      const [iam, users] = await Promise.all([readIam(store.minio), store.admin.listUsers()]);
      found.push({ ...iam, users, endpoint, before: past, stores: names });
    }
    return found;
  }

  const list = async (apiVersion: string, kind: string) =>
    (await Promise.all(namespaces.map((namespace) => bed.api.list({ apiVersion, kind, namespace })))).flat();

  async function probe(secrets: readonly KubeObject[], keys: readonly AccessKey[]) {
    const probes = new Map<string, ProbeResult>();
    for (const secret of secrets) {
      // One that is to outlive its AccessKey has no owner.
      const key = keys.find(
        (one) =>
          secretNameOf(one) === secret.metadata.name && one.metadata.namespace === secret.metadata.namespace,
      );
      const store = stores.find(
        ({ ref, name }) => ref.kind === key?.spec.storeRef.kind && name === key.spec.storeRef.name,
      );
      const pair = pairOf(secret);
      if (!store || !pair) continue;
      // One that isn't a pair at all, which somebody's hand has put there, isn't even sent.
      const result = await store.admin.probe(pair).catch((): ProbeResult => ({ kind: 'unknown' }));
      probes.set(secret.metadata.uid ?? '', result);
    }
    return probes;
  }

  async function gather(): Promise<State> {
    const [keys, secrets, events] = await Promise.all([
      list(API_VERSION, 'AccessKey'),
      list('v1', 'Secret'),
      list('events.k8s.io/v1', 'Event'),
    ]);
    const accessKeys = keys as unknown as AccessKey[];
    const [found, probes, seen] = await Promise.all([
      serverStates(),
      probe(secrets, accessKeys),
      Promise.all(stores.map(({ ref }) => bed.api.get(ref))),
    ]);
    const secretKeys = new Map(watchers.flatMap((watcher) => [...watcher.secretKeys]));
    for (const secret of secrets) {
      const pair = pairOf(secret);
      if (pair) secretKeys.set(pair.secretAccessKey, `the secret of ${pair.accessKeyId}`);
    }
    for (const { minio } of stores)
      secretKeys.set(minio.rootPassword, `the root password of ${minio.endpoint}`);
    const metadata = secrets.map(({ metadata: { labels, annotations, name } }) => ({
      name,
      labels,
      annotations,
    }));
    const texts = new Map([
      ['AccessKeys', JSON.stringify(keys)],
      ['Events', JSON.stringify(events)],
      ['stores', JSON.stringify(seen)],
      ["Secrets' metadata", JSON.stringify(metadata)],
      ['policies', JSON.stringify(found.map(({ policies }) => [...policies]))],
      ["the operator's output", output().join('\n')],
    ]);
    const record = {
      published: watchers.flatMap(({ published }) => published),
      uses: watchers.flatMap(({ uses }) => uses),
    };
    const names = new Set(namespaces);
    return {
      now: Date.now(),
      cluster,
      namespaces: names,
      accessKeys,
      secrets,
      probes,
      servers: found,
      record,
      secretKeys,
      texts,
    };
  }

  const now = async () => violations(await gather());
  /** Says of each user that a violation names what it is attached to. */
  async function evidence(found: readonly string[]): Promise<string> {
    const users = (await gather()).servers.flatMap((server) => [...server.users.values()]);
    return users
      .filter(({ accessKeyId }) => found.some((violation) => violation.includes(accessKeyId)))
      .map(({ accessKeyId, policies }) => `${accessKeyId} is attached to ${policies.join(', ') || 'nothing'}`)
      .join('; ');
  }

  return {
    violations: now,
    async hold({ timeoutMs = 15_000 } = {}) {
      const deadline = performance.now() + timeoutMs;
      let found = await now();
      while (found.length > 0 && performance.now() < deadline) {
        await sleep(500);
        found = await now();
      }
      if (found.length > 0) expect(found, await evidence(found)).toEqual([]);
    },
  };
}
