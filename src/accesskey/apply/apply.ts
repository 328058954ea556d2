import { ANNOTATION_PUBLISH_BLOCK, FIELD_MANAGER } from '../../api/names.ts';
import { referenceTo } from '../../api/object-reference.ts';
import type { AccessKey } from '../../api/schema/accesskey.ts';
import { isConflict } from '../../kube/errors.ts';
import { ignoreNotFound } from '../../kube/ignore-not-found.ts';
import type { ObjectMeta, Secret } from '../../kube/objects.ts';
import { isExactlyOurs } from '../../ownership/attached-to.ts';
import { removeUser } from '../../ownership/remove-user.ts';
import { StoreError } from '../../provider/errors.ts';
import type { Pair, Store } from '../../provider/provider.ts';
import { sleep } from '../../runtime/sleep.ts';
import type { Context } from '../context/context.ts';
import type { ObservedSecret } from '../observe/observed.ts';
import type { Step } from '../plan/step.ts';
import { secretFacts, secretNameOf } from '../secret/facts.ts';
import { type Publication, secretManifest, secretPatch } from '../secret/publication.ts';

/** The objects that a step works on. */
export interface Target {
  readonly ctx: Pick<Context, 'secrets' | 'wroteSecret' | 'events' | 'log'>;
  readonly accessKey: AccessKey;
  readonly policyName: string;
  readonly client: Store;
  readonly signal: AbortSignal;
  /**
   * The versions of the Secrets that this plan has written, by uid. They are newer than the observed ones.
   */
  readonly versions: Map<string, string>;
  /** Learns the pair of a new user: the given one, or one that the store chose. */
  readonly onPair: (given: Pair, pair: Pair) => void;
  /** Returns for how long the operator has been issuing the pair, in ms. */
  readonly issuingForMs: () => number;
}

/** The error for a new pair that the store doesn't accept, though the store made its user. */
export class NotVerifiedError extends Error {
  override readonly name = 'NotVerifiedError';
}

/** The error for a new pair that the store may not know everywhere yet. Only time is missing. */
export class NotSettledError extends Error {
  override readonly name = 'NotSettledError';
}

/**
 * The waits in ms before each try of a proof. A store of several nodes may need a moment until all of them
 * know a new user.
 */
const PROOF_DELAYS_MS = [0, 250, 1_000];

/**
 * Applies one step. It is idempotent: a second call has the same result, and removing what is absent
 * succeeds.
 */
export async function applyStep(target: Target, step: Step): Promise<void> {
  const { client, policyName, signal } = target;
  switch (step.do) {
    case 'removeUser':
      return removeUser(client, step.accessKeyId, signal);
    case 'createBucket':
      return createBucket(target, step.bucketName);
    case 'writePolicy':
      return client.writePolicy(policyName, step.policy, { signal });
    case 'setUserEnabled':
      return client.setUserEnabled(step.accessKeyId, step.enabled, { signal });
    case 'tryPublish':
      await writeSecret(target, step, { dryRun: true });
      return;
    case 'putUser':
      return target.onPair(step.pair, await client.putUser(step.pair, { policy: policyName, signal }));
    case 'attachPolicy':
      return client.attachPolicy(step.accessKeyId, policyName, step.policy, { signal });
    case 'prove':
      return prove(target, step.pair);
    case 'publish':
      return wrote(target, await writeSecret(target, step));
    case 'blockLatePublish':
      return wrote(target, await writePublishBlock(target, step.secret, step.digest));
    case 'revokeSessions':
      return revokeSessions(target, step.accessKeyId);
    case 'removeSecret':
      return deleteSecret(target.ctx, step.secret.facts.metadata, signal);
  }
}

/** Creates the bucket, and writes an Event if it was missing. */
async function createBucket({ ctx, accessKey, client, signal }: Target, bucketName: string): Promise<void> {
  const outcome = await client.createBucket(bucketName, { signal });
  if (outcome === 'exists') return;
  ctx.events.record(referenceTo('AccessKey', accessKey.metadata), {
    type: 'Normal',
    reason: 'BucketCreated',
    action: 'CreateBucket',
    note: `created bucket ${bucketName} in the store`,
  });
}

/** Proves a pair. The store must show to the pair itself a user that is enabled and has the key's policy. */
async function prove({ client, policyName, signal, issuingForMs }: Target, pair: Pair): Promise<void> {
  let seen = '';
  for (const delay of PROOF_DELAYS_MS) {
    await sleep(delay, signal);
    signal.throwIfAborted();
    const result = await client.probe(pair, { signal });
    if (result.kind === 'works' && result.user.enabled && isExactlyOurs(result.user, policyName)) return;
    seen = result.kind;
  }
  if (issuingForMs() < client.capabilities().settlesWithinMs)
    throw new NotSettledError('the store does not know the new pair everywhere yet');
  throw new NotVerifiedError(
    `the store accepted the new pair, but a request signed with it failed (${seen})`,
  );
}

function wrote({ ctx, versions }: Target, secret: Secret): void {
  versions.set(secret.metadata.uid, secret.metadata.resourceVersion);
  ctx.wroteSecret(secretFacts(secret));
}

/**
 * Writes the block against a late publish. The patch carries the resourceVersion that the operator read, as
 * every publish over this Secret does.
 */
function writePublishBlock(
  { ctx, accessKey, signal, versions }: Target,
  { facts }: ObservedSecret,
  digest: string,
): Promise<Secret> {
  const { name, uid } = facts.metadata;
  const resourceVersion = versions.get(uid) ?? facts.metadata.resourceVersion;
  const patch = { metadata: { uid, resourceVersion, annotations: { [ANNOTATION_PUBLISH_BLOCK]: digest } } };
  const options = { fieldManager: FIELD_MANAGER, signal } as const;
  return ctx.secrets.patch(name, accessKey.metadata.namespace, patch, options);
}

/**
 * Publishes a pair. The first publish is a create, so a late one of a process that was frozen fails. Later
 * ones carry uid and resourceVersion, and leave other keys, labels and owners of the Secret alone.
 */
function writeSecret(
  { ctx, accessKey, signal, versions }: Target,
  { publication, over }: { readonly publication: Publication; readonly over: ObservedSecret | undefined },
  { dryRun = false } = {},
): Promise<Secret> {
  const options = { signal, dryRun, fieldManager: FIELD_MANAGER };
  if (!over) {
    const manifest = secretManifest(accessKey, secretNameOf(accessKey), publication);
    return ctx.secrets.create(manifest, options);
  }
  const { name, uid, resourceVersion } = over.facts.metadata;
  const version = versions.get(uid) ?? resourceVersion;
  const patch = secretPatch(accessKey, over.facts, publication, version);
  return ctx.secrets.patch(name, accessKey.metadata.namespace, patch, options);
}

/**
 * Deletes exactly the Secret that the operator read, and none that has taken its name. Returns without error
 * if the Secret is gone. A precondition other than the uid may cause a Conflict too, so after one the
 * operator checks that the Secret is gone.
 */
export async function deleteSecret(
  { secrets }: Pick<Context, 'secrets'>,
  metadata: ObjectMeta,
  signal: AbortSignal,
): Promise<void> {
  const { name, namespace, uid } = metadata;
  try {
    await ignoreNotFound(secrets.delete(name, namespace, { uid, signal }));
  } catch (error) {
    if (!isConflict(error)) throw error;
    const there = await ignoreNotFound(secrets.get(name, namespace, { signal }));
    if (there?.metadata.uid === uid) throw error;
  }
}

/**
 * Revokes sessions if the store supports it and lets the operator do so. A missing right doesn't stop the
 * repair.
 */
async function revokeSessions(
  { ctx, accessKey, client, signal }: Target,
  accessKeyId: string,
): Promise<void> {
  try {
    await client.revokeSessions(accessKeyId, { signal });
  } catch (error) {
    if (!(error instanceof StoreError) || (error.kind !== 'refused' && error.kind !== 'invalid')) throw error;
    const { namespace, name } = accessKey.metadata;
    ctx.log.warn(
      { namespace, name, accessKeyId, err: error },
      'cannot revoke the sessions of a user that was recreated',
    );
  }
}
