import type { AccessKey } from '../../api/schema/accesskey.ts';
import type { CallOptions } from '../../kube/calls.ts';
import { couldBeId, policyNameOf } from '../../ownership/names.ts';
import type { StoreUser } from '../../provider/provider.ts';
import { eachLimited } from '../../runtime/each-limited.ts';
import { keyOf } from '../../runtime/key.ts';
import type { Context } from '../context/context.ts';
import { grantsOf } from '../context/granted.ts';
import type { ReadyStore } from '../context/stores.ts';
import { maxAgeMs } from '../policy/grants.ts';
import { isClockTrusted } from '../rotation/pair-age.ts';
import { observeBuckets } from './observe-buckets.ts';
import { observeImport } from './observe-import.ts';
import { readSecrets, type SecretSources } from './observe-secrets.ts';
import type { Attached, Observed, Unread } from './observed.ts';
import { bucketsToRead, idsToRead, mayInherit, pairSecretOf, pairToProve } from './to-read.ts';

type Sources = Pick<Context, 'allowed' | 'hints' | 'now' | 'clockSkewMs' | 'namespaceCache'> & SecretSources;

/**
 * The maximum number of left users that one pass reads and removes, so that the key, and others of the store,
 * go on in between.
 */
export const MAX_USERS_A_PASS = 64;
/** The maximum number of users of one key that the operator reads or removes concurrently. */
export const USERS_AT_ONCE = 16;

/** Options of the reads. */
interface Reading {
  readonly signal: AbortSignal;
  /** Options of those of the API server. Default: the signal alone. */
  readonly kube?: CallOptions;
}

/**
 * Reads everything that a plan follows from, and writes nothing. A key without a Secret costs one read of the
 * API server and one of the store. Each id that comes up costs one more read, of its user.
 * @param notLive the refusal to show the AccessKey, if it isn't live
 */
export async function observe(
  ctx: Sources,
  accessKey: AccessKey,
  store: ReadyStore,
  { signal, kube = { signal } }: Reading,
  notLive?: Unread,
): Promise<Observed> {
  const { metadata } = accessKey;
  const { client, observed } = store;
  const key = keyOf(accessKey);
  const name = policyNameOf(ctx.cluster, accessKey);
  const grants = grantsOf(ctx, store, metadata.namespace);
  const { secret, elsewhere, refusal } = await readSecrets(ctx, accessKey, kube);
  const policy = await client.readPolicy(name, { signal });
  const begun = {
    cluster: ctx.cluster,
    accessKey,
    policyName: name,
    store: observed,
    grants,
    unread: notLive ?? refusal,
    secret,
    elsewhere,
    policy,
    suspects: ctx.hints.suspectsOf(key).slice(0, MAX_USERS_A_PASS),
  };
  const attached = mayInherit(begun) ? await readAttached(store, name, signal) : undefined;
  const users = await readUsers(store, idsToRead({ ...begun, attached }), signal);
  const buckets = await observeBuckets(client, bucketsToRead(begun), signal);
  const imports = !pairSecretOf(begun) && !begun.unread;
  const importFrom = imports ? await observeImport(ctx, accessKey, store, signal) : undefined;
  const unproven = pairToProve({ ...begun, users });
  return {
    ...begun,
    now: ctx.now(),
    allowed: ctx.allowed,
    maxAgeMs: maxAgeMs(grants),
    attached,
    users,
    buckets,
    importFrom,
    proof: unproven && (await client.probe(unproven, { signal })),
    reissueAfter: ctx.hints.reissueAfter(key),
    clockTrusted: isClockTrusted(ctx.clockSkewMs()),
  };
}

/** Reads what the policy is attached to: every group, and as many users as one pass removes. */
export async function readAttached(
  { client }: ReadyStore,
  policy: string,
  signal: AbortSignal,
): Promise<Attached> {
  const { users, groups } = await client.policyEntities(policy, { signal });
  const some = users.slice(0, MAX_USERS_A_PASS);
  return { users: some, more: users.length - some.length, groups };
}

/** Reads the users of those ids. The value is undefined for a user that the store doesn't have. */
export async function readUsers(
  { client }: ReadyStore,
  ids: Iterable<string>,
  signal: AbortSignal,
): Promise<Map<string, StoreUser | undefined>> {
  // The map keeps the order of the ids, independent of the order of the answers.
  const users = new Map<string, StoreUser | undefined>([...ids].map((id) => [id, undefined]));
  await eachLimited([...users.keys()], USERS_AT_ONCE, async (id) => {
    users.set(id, couldBeId(id) ? await client.getUser(id, { signal }) : undefined);
  });
  return users;
}
