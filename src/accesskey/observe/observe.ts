import { isSameEndpoint } from '../../api/endpoint.ts';
import type { AccessKey } from '../../api/schema/accesskey.ts';
import { ignoreNotFound } from '../../kube/ignore-not-found.ts';
import { decodeMark, ownershipOf } from '../../ownership/mark.ts';
import { couldBeId, policyName } from '../../ownership/names.ts';
import type { StoreUser } from '../../provider/provider.ts';
import { eachLimited } from '../../runtime/each-limited.ts';
import type { Context } from '../context/context.ts';
import { grantsOf } from '../context/granted.ts';
import { otherSecretsOf } from '../context/own-secrets.ts';
import type { ReadyStore } from '../context/stores.ts';
import { bucketsToCreate } from '../policy/buckets-to-create.ts';
import { askedVerdict } from '../policy/desired-policy.ts';
import { isClockTrusted } from '../rotation/pair-age.ts';
import { isAsPublished, issuedByOf, ownership, pairIn, secretFacts, secretNameOf } from '../secret/facts.ts';
import { lastWriter } from '../secret/last-writer.ts';
import { idsToRead } from './ids-to-read.ts';
import { observeBuckets } from './observe-buckets.ts';
import { observeImport } from './observe-import.ts';
import type { Observed, ObservedSecret } from './observed.ts';

/**
 * Reads everything that a plan follows from, and writes nothing. `accessKey` must be live. A key without a
 * Secret costs one read of the API server and one of the store. Each id that comes up costs one more read, of
 * its user.
 */
export async function observe(
  ctx: Context,
  accessKey: AccessKey,
  store: ReadyStore,
  signal: AbortSignal,
): Promise<Observed> {
  const { namespace, name } = accessKey.metadata;
  const key = `${namespace}/${name}`;
  const secret = await readSecret(ctx, accessKey, secretNameOf(accessKey), signal);
  const elsewhere = await readElsewhere(ctx, accessKey, signal);
  const policy = policyName(ctx.cluster, namespace, name);
  const stored = await store.client.getPolicy(policy, { signal });
  const whose = ownershipOf(stored && decodeMark(stored.id), ctx.cluster, accessKey.metadata.uid);
  const controlled = [secret, ...elsewhere].some((some) => some?.ownership === 'controlled');
  const inherits = stored !== undefined && (whose === 'predecessor' || (whose === 'unmarked' && !controlled));
  const attached = inherits ? await store.client.policyEntities(policy, { signal }) : undefined;
  const suspects = ctx.hints.suspectsOf(key);
  const source = secret ?? elsewhere[0];
  const ids = idsToRead({ accessKey, policyName: policy, secret, elsewhere, attached, suspects });
  const users = await readUsers(store, ids, signal);
  const unproven = source && source.ownership !== 'foreign' && source.pair && !isAsPublished(source.facts);
  const known = source?.pair && users.get(source.pair.accessKeyId) !== undefined;
  // The operator uses a pair only at the endpoint that issued it. If no record names one, a signature reveals
  // nothing.
  const { endpoint } = store.observed;
  const issuedHere = source && isSameEndpoint(issuedByOf(source.facts) ?? endpoint, endpoint);
  const granted = grantsOf(ctx, store, namespace);
  const asked = askedVerdict(accessKey, store.observed.title, granted.evaluate);
  return {
    now: ctx.now(),
    cluster: ctx.cluster,
    accessKey,
    policyName: policy,
    store: store.observed,
    allowed: ctx.allowed,
    ...granted,
    secret,
    elsewhere,
    policy: stored,
    buckets: await observeBuckets(store.client, bucketsToCreate(accessKey, asked), signal),
    users,
    attached,
    importFrom: source ? undefined : await observeImport(ctx, accessKey, store, asked.mayImport, signal),
    proof:
      unproven && known && issuedHere && source.pair
        ? await store.client.probe(source.pair, { signal })
        : undefined,
    suspects,
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

/** Reads a Secret live. Returns undefined if there is none. */
export async function readSecret(
  ctx: Context,
  accessKey: AccessKey,
  name: string,
  signal: AbortSignal,
): Promise<ObservedSecret | undefined> {
  const secret = await ignoreNotFound(ctx.secrets.get(name, accessKey.metadata.namespace, { signal }));
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
export async function readElsewhere(
  ctx: Context,
  accessKey: AccessKey,
  signal: AbortSignal,
): Promise<ObservedSecret[]> {
  const names = otherSecretsOf(ctx, accessKey);
  const found = await Promise.all(names.map((name) => readSecret(ctx, accessKey, name, signal)));
  return found.flatMap((secret) => (secret && secret.ownership !== 'foreign' ? [secret] : []));
}
