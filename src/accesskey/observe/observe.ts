import type { AccessKey } from '../../api/schema/accesskey.ts';
import { ignoreNotFound } from '../../kube/ignore-not-found.ts';
import { couldBeId, policyNameOf } from '../../ownership/names.ts';
import type { StoreUser } from '../../provider/provider.ts';
import { eachLimited } from '../../runtime/each-limited.ts';
import { keyOf } from '../../runtime/key.ts';
import type { Context } from '../context/context.ts';
import { grantsOf } from '../context/granted.ts';
import { otherSecretsOf } from '../context/own-secrets.ts';
import type { ReadyStore } from '../context/stores.ts';
import { maxAgeMs } from '../policy/grants.ts';
import { isClockTrusted } from '../rotation/pair-age.ts';
import { ownership, pairIn, secretFacts, secretNameOf } from '../secret/facts.ts';
import { lastWriter } from '../secret/last-writer.ts';
import { observeBuckets } from './observe-buckets.ts';
import { observeImport } from './observe-import.ts';
import type { Observed, ObservedSecret } from './observed.ts';
import { bucketsToRead, idsToRead, mayInherit, pairSecretOf, pairToProve } from './to-read.ts';

type Secrets = Pick<Context, 'secrets' | 'cluster' | 'secretCache' | 'secretsOf'>;

type Sources = Pick<Context, 'allowed' | 'hints' | 'now' | 'clockSkewMs' | 'namespaceCache'> & Secrets;

/**
 * Reads everything that a plan follows from, and writes nothing. `accessKey` must be live. A key without a
 * Secret costs one read of the API server and one of the store. Each id that comes up costs one more read, of
 * its user.
 */
export async function observe(
  ctx: Sources,
  accessKey: AccessKey,
  store: ReadyStore,
  signal: AbortSignal,
): Promise<Observed> {
  const { metadata } = accessKey;
  const { client, observed } = store;
  const key = keyOf(accessKey);
  const name = policyNameOf(ctx.cluster, accessKey);
  const grants = grantsOf(ctx, store, metadata.namespace);
  const secret = await readSecret(ctx, accessKey, secretNameOf(accessKey), signal);
  const elsewhere = await readElsewhere(ctx, accessKey, signal);
  const policy = await client.getPolicy(name, { signal });
  const begun = {
    cluster: ctx.cluster,
    accessKey,
    policyName: name,
    store: observed,
    grants,
    secret,
    elsewhere,
    policy,
    suspects: ctx.hints.suspectsOf(key),
  };
  const attached = mayInherit(begun) ? await client.policyEntities(name, { signal }) : undefined;
  const users = await readUsers(store, idsToRead({ ...begun, attached }), signal);
  const buckets = await observeBuckets(client, bucketsToRead(begun), signal);
  const importFrom = pairSecretOf(begun) ? undefined : await observeImport(ctx, accessKey, store, signal);
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

/** The maximum number of users of one key that the operator reads concurrently. */
const USERS_AT_ONCE = 8;

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

/** Reads the Secrets of this AccessKey live: the one that it asks for now, and those of other names. */
export async function readOwnSecrets(
  ctx: Secrets,
  accessKey: AccessKey,
  signal: AbortSignal,
): Promise<ObservedSecret[]> {
  const secret = await readSecret(ctx, accessKey, secretNameOf(accessKey), signal);
  const elsewhere = await readElsewhere(ctx, accessKey, signal);
  return secret && secret.ownership !== 'foreign' ? [secret, ...elsewhere] : elsewhere;
}

/** Reads a Secret live. Returns undefined if there is none. */
async function readSecret(
  { secrets }: Pick<Context, 'secrets'>,
  accessKey: AccessKey,
  name: string,
  signal: AbortSignal,
): Promise<ObservedSecret | undefined> {
  const secret = await ignoreNotFound(secrets.get(name, accessKey.metadata.namespace, { signal }));
  if (!secret) return undefined;
  const facts = secretFacts(secret);
  const owner = ownership(facts, accessKey);
  // The operator doesn't read the pair of somebody else's Secret.
  return {
    facts,
    ownership: owner,
    pair: owner === 'foreign' ? undefined : pairIn(secret),
    lastWriter: lastWriter(secret),
  };
}

/**
 * Reads the Secrets of this AccessKey under names other than the one it asks for now. Status and label name
 * them.
 */
async function readElsewhere(
  ctx: Secrets,
  accessKey: AccessKey,
  signal: AbortSignal,
): Promise<ObservedSecret[]> {
  const names = otherSecretsOf(ctx, accessKey);
  const found = await Promise.all(names.map((name) => readSecret(ctx, accessKey, name, signal)));
  return found.flatMap((secret) => (secret && secret.ownership !== 'foreign' ? [secret] : []));
}
