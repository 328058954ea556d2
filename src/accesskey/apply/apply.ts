import { referenceTo } from '../../api/object-reference.ts';
import { isExactlyOurs } from '../../ownership/attached-to.ts';
import { removeUser } from '../../ownership/remove-user.ts';
import { StoreError } from '../../provider/errors.ts';
import type { Pair, Store } from '../../provider/provider.ts';
import { sleep } from '../../runtime/sleep.ts';
import type { Context } from '../context/context.ts';
import type { Step } from '../plan/step.ts';
import { blockLatePublish, deleteSecret, publish, type SecretTarget, tryPublish } from './secret-writes.ts';

/** The objects that a step works on. */
export interface Target extends SecretTarget {
  readonly ctx: SecretTarget['ctx'] & Pick<Context, 'events' | 'log'>;
  readonly policyName: string;
  readonly client: Store;
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
      return tryPublish(target, step);
    case 'putUser':
      return target.onPair(step.pair, await client.putUser(step.pair, { policy: policyName, signal }));
    case 'attachPolicy':
      return client.attachPolicy(step.accessKeyId, policyName, step.policy, { signal });
    case 'prove':
      return prove(target, step.pair);
    case 'publish':
      return publish(target, step);
    case 'blockLatePublish':
      return blockLatePublish(target, step.secret, step.digest);
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
