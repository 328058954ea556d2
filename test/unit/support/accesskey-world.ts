/**
 * A small model of all that a plan reads and writes: one namespace's Secrets and a store's users and policies. It holds
 * the plan against its own effects; what the real servers do is tested on the real ones.
 */

import type { ObservedStore } from '../../../src/accesskey/context/stores.ts';
import type { Observed, ObservedSecret } from '../../../src/accesskey/observe/observed.ts';
import { bucketsToRead, idsToRead, mayInherit, pairToProve } from '../../../src/accesskey/observe/to-read.ts';
import { planKey } from '../../../src/accesskey/plan/plan.ts';
import type { Plan, Step } from '../../../src/accesskey/plan/step.ts';
import { maxAgeMs, type NamespaceGrants } from '../../../src/accesskey/policy/grants.ts';
import { namedIds } from '../../../src/accesskey/secret/candidate-ids.ts';
import { ownership, pairIn, secretFacts, secretNameOf } from '../../../src/accesskey/secret/facts.ts';
import { secretManifest, secretPatch } from '../../../src/accesskey/secret/publication.ts';
import { type Outcome, statusAfter } from '../../../src/accesskey/status/status.ts';
import { DEFAULT_ALLOW_LIST, type SecretAllowList } from '../../../src/api/allow-list.ts';
import { ANNOTATION_PUBLISH_BLOCK, LABEL_ACCESS_KEY } from '../../../src/api/names.ts';
import type { AccessKey } from '../../../src/api/schema/accesskey.ts';
import type { Grant } from '../../../src/api/schema/clusterobjectstore.ts';
import type { Secret } from '../../../src/kube/objects.ts';
import { isExactlyOurs } from '../../../src/ownership/attached-to.ts';
import { accessKeyTag, policyName, tagOf } from '../../../src/ownership/names.ts';
import { newPair } from '../../../src/ownership/new-pair.ts';
import { MINIO } from '../../../src/provider/minio/traits.ts';
import type { StoredPolicy } from '../../../src/provider/policy.ts';
import type { Pair, ProbeResult, StoreUser } from '../../../src/provider/provider.ts';
import { accessKeyOf, CLUSTER, grantOf, NAMESPACE, NOW } from './accesskey-fixtures.ts';

export interface WorldUser {
  secretAccessKey: string;
  enabled: boolean;
  policies: string[];
  groups: string[];
  /** The time at which its policies were last set; absent if the store doesn't know it. */
  attachedAt?: number;
}

export interface World {
  now: number;
  clockTrusted: boolean;
  allowed: SecretAllowList;
  accessKey: AccessKey;
  grants: Grant[];
  store: ObservedStore;
  readonly policyName: string;
  readonly secrets: Map<string, Secret>;
  readonly users: Map<string, WorldUser>;
  readonly policies: Map<string, StoredPolicy>;
  readonly buckets: Set<string>;
}

const ENDPOINT = 'https://minio.storage.svc:9000';

/** The world before the AccessKey's first pass. */
export function newWorld(accessKey: AccessKey = accessKeyOf()): World {
  return {
    now: NOW,
    clockTrusted: true,
    allowed: DEFAULT_ALLOW_LIST,
    accessKey,
    grants: [grantOf()],
    store: {
      title: 'ClusterObjectStore default',
      provider: 'MinIO',
      endpoint: ENDPOINT,
      publicEndpoint: ENDPOINT,
      region: 'us-east-1',
      ca: undefined,
      ...MINIO,
      userName: (_policy, accessKeyId) => accessKeyId,
      extraActions: [],
      everyKeyMay: { listBuckets: true, createBuckets: true },
      acceptsNewEndpoint: false,
    },
    policyName: policyName(CLUSTER, accessKey.metadata.namespace, accessKey.metadata.name),
    secrets: new Map(),
    users: new Map(),
    policies: new Map(),
    buckets: new Set(),
  };
}

/** The world after the pass that issued the first pair. */
export function issuedWorld(accessKey?: AccessKey): World {
  const world = newWorld(accessKey);
  pass(world);
  return world;
}

class NotVerified extends Error {}
/** The API server's 409. */
export class Conflict extends Error {}

/** Plans, applies, and writes the status; once more if a pair isn't proved, as the queue would. */
export function pass(world: World, triesLeft = 2): Plan {
  const plan = planOf(world);
  try {
    applySteps(world, plan.steps);
  } catch (error) {
    if (!(error instanceof NotVerified) || triesLeft === 0) throw error;
    writeStatus(world, { reason: 'NotVerified', message: error.message });
    return pass(world, triesLeft - 1);
  }
  writeStatus(world, plan);
  return plan;
}

function writeStatus(world: World, outcome: Outcome): void {
  const status = statusAfter(world.accessKey, outcome, world.now);
  world.accessKey = { ...world.accessKey, status: structuredClone(status) };
}

let made = 0;

/** A pair that differs from every other one of this process. */
export function makePair(world: World): Pair {
  made += 1;
  const seed = made;
  return newPair(world.policyName, (size) => {
    const bytes = Buffer.alloc(size);
    for (let at = 0; at < size; at += 1)
      bytes[at] = (Math.imul(seed + at * 977, 2_654_435_761) >>> 11) & 0xff;
    return bytes;
  });
}

export function planOf(world: World, pair?: Pair): Plan {
  return planKey(observe(world), () => pair ?? makePair(world));
}

/** Returns the kinds of the steps that the operator would take. */
export function stepsOf(world: World): Step['do'][] {
  return planOf(world).steps.map((step) => step.do);
}

/** The grants of the world's store, as the key's namespace asks for them. */
export function grantsIn({ store, grants }: World): NamespaceGrants {
  return { title: store.title, grants, namespace: { name: NAMESPACE, labels: {} } };
}

/** Observes the world as `observe` does. Its suspects are those that a sweep would find. */
export function observe(world: World): Observed {
  const { accessKey, policyName: name } = world;
  const { status } = accessKey;
  const wanted = secretNameOf(accessKey);
  const secret = observedSecret(world, wanted);
  const elsewhere = [...world.secrets.values()]
    .filter(
      ({ metadata }) =>
        metadata.name !== wanted && metadata.labels?.[LABEL_ACCESS_KEY] === accessKey.metadata.name,
    )
    .map(({ metadata }) => observedSecret(world, metadata.name))
    .filter((other) => other !== undefined && other.ownership !== 'foreign') as ObservedSecret[];
  const policy = world.policies.get(name);
  const attachedTo = [...world.users].filter(([, { policies }]) => policies.includes(name)).map(([id]) => id);
  // As the sweep has it: a Secret of somebody else says nothing of this AccessKey's users.
  const own = secret?.ownership === 'foreign' ? undefined : secret;
  const grants = grantsIn(world);
  const begun = {
    cluster: CLUSTER,
    accessKey,
    policyName: name,
    store: world.store,
    grants,
    secret,
    elsewhere,
    policy,
    suspects: suspectsOf(world, attachedTo, [
      own?.facts.accessKeyId ?? status.accessKeyId,
      ...(own ? namedIds(own.facts, status, name) : []),
    ]),
  };
  const attached = mayInherit(begun) ? { users: attachedTo, more: 0, groups: [] } : undefined;
  const users = new Map<string, StoreUser | undefined>();
  for (const id of idsToRead({ ...begun, attached })) users.set(id, shownUser(world, id));
  const unproven = pairToProve({ ...begun, users });
  return {
    ...begun,
    now: world.now,
    allowed: world.allowed,
    maxAgeMs: maxAgeMs(grants),
    attached,
    users,
    buckets: new Map(
      bucketsToRead(begun).map((name) => [name, { kind: world.buckets.has(name) ? 'there' : 'missing' }]),
    ),
    importFrom: undefined,
    proof: unproven && probe(world, unproven),
    reissueAfter: { edited: 0, removed: 0 },
    clockTrusted: world.clockTrusted,
  };
}

/** True if the store accepts the pair in the AccessKey's Secret and shows its user with the key's policy. */
export function works(world: World): boolean {
  const secret = world.secrets.get(secretNameOf(world.accessKey));
  const pair = secret && pairIn(secret);
  const result = pair && probe(world, pair);
  return result?.kind === 'works' && result.user.enabled && isExactlyOurs(result.user, world.policyName);
}

/**
 * Applies the steps in order. @param versions as the operator keeps them: of the Secrets that it has written since it
 * read them
 */
export function applySteps(
  world: World,
  steps: readonly Step[],
  versions: Map<string, string> = new Map(),
): void {
  for (const step of steps) applyStep(world, step, versions);
}

/** Patches, or creates if nothing was read. Refuses if the Secret has changed since it was read. */
function writeSecret(
  world: World,
  name: string,
  over: ObservedSecret | undefined,
  versions: Map<string, string>,
  write: { data?: Merge; metadata: object & { labels?: Merge; annotations: Merge } },
): void {
  const before = world.secrets.get(name);
  const read = over?.facts.metadata;
  const version = read && (versions.get(read.uid) ?? read.resourceVersion);
  if (before?.metadata.uid !== read?.uid || before?.metadata.resourceVersion !== version)
    throw new Conflict();
  const metadata = {
    creationTimestamp: new Date(world.now).toISOString(),
    ...before?.metadata,
    name,
    namespace: NAMESPACE,
    ...write.metadata,
    uid: before?.metadata.uid ?? `secret-${++made}`,
    resourceVersion: String(++made),
    labels: merged(before?.metadata.labels, write.metadata.labels),
    annotations: merged(before?.metadata.annotations, write.metadata.annotations),
  };
  versions.set(metadata.uid, metadata.resourceVersion);
  world.secrets.set(name, { metadata, data: merged(before?.data, write.data) });
}

/** Texts of a merge patch, in which null removes. */
type Merge = Readonly<Record<string, string | null>>;

function merged(before: Merge = {}, patch: Merge = {}): Record<string, string> {
  const entries = Object.entries({ ...before, ...patch });
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== null));
}

function applyStep(world: World, step: Step, versions: Map<string, string>): void {
  const { users, policies, secrets } = world;
  switch (step.do) {
    case 'removeUser':
      users.delete(step.accessKeyId);
      return;
    case 'createBucket':
      world.buckets.add(step.bucketName);
      return;
    case 'writePolicy':
      policies.set(world.policyName, stored(world.store.form.render(step.policy)));
      return;
    case 'setUserEnabled':
      existing(world, step.accessKeyId).enabled = step.enabled;
      return;
    case 'putUser': {
      const { accessKeyId, secretAccessKey } = step.pair;
      const before = users.get(accessKeyId);
      users.set(accessKeyId, {
        policies: [],
        groups: [],
        ...before,
        secretAccessKey,
        enabled: true,
      });
      return;
    }
    case 'attachPolicy': {
      const user = existing(world, step.accessKeyId);
      if (world.store.capabilities.policies === 'Inline')
        policies.set(world.policyName, stored(world.store.form.render(step.policy)));
      if (!user.enabled || !policies.has(world.policyName))
        throw new Error('the store attaches nothing there');
      user.policies = [world.policyName];
      user.attachedAt = world.now;
      return;
    }
    case 'prove': {
      const result = probe(world, step.pair);
      if (result.kind !== 'works' || !isExactlyOurs(result.user, world.policyName))
        throw new NotVerified('the pair is not proved');
      return;
    }
    case 'publish': {
      const name = step.over?.facts.metadata.name ?? secretNameOf(world.accessKey);
      const write = step.over
        ? secretPatch(world.accessKey, step.over.facts, step.publication)
        : secretManifest(world.accessKey, name, step.publication);
      writeSecret(world, name, step.over, versions, write);
      return;
    }
    case 'blockLatePublish': {
      const annotations = { [ANNOTATION_PUBLISH_BLOCK]: step.digest };
      writeSecret(world, step.secret.facts.metadata.name, step.secret, versions, {
        metadata: { annotations },
      });
      return;
    }
    case 'removeSecret':
      secrets.delete(step.secret.facts.metadata.name);
      return;
    case 'tryPublish':
    case 'revokeSessions':
      return;
  }
}

function existing({ users }: World, id: string): WorldUser {
  const user = users.get(id);
  if (!user) throw new Error('the store has no such user');
  return user;
}

/** Through JSON, as it goes to the store and comes back. */
function stored(policy: StoredPolicy): StoredPolicy {
  return JSON.parse(JSON.stringify(policy)) as StoredPolicy;
}

function shownUser({ users }: World, accessKeyId: string): StoreUser | undefined {
  const user = users.get(accessKeyId);
  if (!user) return undefined;
  const { enabled, policies, groups, attachedAt } = user;
  const shown = { accessKeyId, enabled, policies: [...policies], groups: [...groups] };
  return policies.length > 0 && attachedAt !== undefined ? { ...shown, attachedAt } : shown;
}

function observedSecret(world: World, name: string): ObservedSecret | undefined {
  const secret = world.secrets.get(name);
  if (!secret) return undefined;
  const facts = secretFacts(secret);
  const owner = ownership(facts, world.accessKey);
  return { facts, ownership: owner, pair: owner === 'foreign' ? undefined : pairIn(secret) };
}

function suspectsOf(
  world: World,
  attachedTo: readonly string[],
  kept: readonly (string | undefined)[],
): string[] {
  const tag = accessKeyTag(world.policyName);
  const tagged = [...world.users].filter(([id, { policies }]) => policies.length === 0 && tagOf(id) === tag);
  return [...attachedTo, ...tagged.map(([id]) => id)].filter((id) => !kept.includes(id));
}

function probe(world: World, pair: Pair): ProbeResult {
  const user = world.users.get(pair.accessKeyId);
  const shown = shownUser(world, pair.accessKeyId);
  if (!user?.enabled || !shown) return { kind: 'unknown' };
  if (user.secretAccessKey !== pair.secretAccessKey) return { kind: 'wrongSecret' };
  return user.policies.length > 0 ? { kind: 'works', user: shown } : { kind: 'unproven' };
}

/** The id in the Secret or, without one, in the status. */
export function currentId(world: World): string | undefined {
  const secret = world.secrets.get(secretNameOf(world.accessKey));
  return (secret && pairIn(secret)?.accessKeyId) ?? world.accessKey.status.accessKeyId;
}
