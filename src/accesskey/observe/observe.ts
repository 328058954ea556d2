import { isSameEndpoint } from '../../api/endpoint.ts';
import type { AccessKey } from '../../api/schema/accesskey.ts';
import { orAbsent } from '../../kube/or-absent.ts';
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
 * Reads all that a plan follows from, and writes nothing. `accessKey` must be live. One read of the API server
 * and one of the store for a key without a Secret; a user's read more for each id that came up.
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
  const suspects = ctx.watchlist.suspectsOf(key);
  const source = secret ?? elsewhere[0];
  const ids = idsToRead({ accessKey, policyName: policy, secret, elsewhere, attached, suspects });
  const users = await readUsers(store, ids, signal);
  const unproven = source && source.ownership !== 'foreign' && source.pair && !isAsPublished(source.facts);
  const known = source?.pair && users.get(source.pair.accessKeyId) !== undefined;
  // A pair is used only at the endpoint that issued it; where nothing says which did, a signature gives nothing away.
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
    reissueAfter: ctx.watchlist.reissueAfter(key),
    clockTrusted: isClockTrusted(ctx.clockSkewMs()),
  };
}

/** The most users of one key that are read from the store at once. */
const USERS_AT_ONCE = 8;

/** Reads the users of those ids; undefined for one that the store hasn't. */
export async function readUsers(
  { client }: ReadyStore,
  ids: Iterable<string>,
  signal: AbortSignal,
): Promise<Map<string, StoreUser | undefined>> {
  // In the order of the ids, whichever answer comes first.
  const users = new Map<string, StoreUser | undefined>([...ids].map((id) => [id, undefined]));
  await eachLimited([...users.keys()], USERS_AT_ONCE, async (id) => {
    users.set(id, couldBeId(id) ? await client.getUser(id, { signal }) : undefined);
  });
  return users;
}

/** A Secret, read live; undefined where there is none. */
export async function readSecret(
  ctx: Context,
  accessKey: AccessKey,
  name: string,
  signal: AbortSignal,
): Promise<ObservedSecret | undefined> {
  const secret = await orAbsent(ctx.secrets.get(name, accessKey.metadata.namespace, { signal }));
  if (!secret) return undefined;
  const facts = secretFacts(secret);
  const owner = ownership(facts, accessKey);
  // The pair of a Secret that isn't ours isn't even looked at.
  return {
    facts,
    ownership: owner,
    pair: owner === 'foreign' ? undefined : pairIn(secret),
    lastWriter: lastWriter(secret),
  };
}

/** Reads the Secrets of this AccessKey under other names than the one it asks for now, found by status and label. */
export async function readElsewhere(
  ctx: Context,
  accessKey: AccessKey,
  signal: AbortSignal,
): Promise<ObservedSecret[]> {
  const names = otherSecretsOf(ctx, accessKey);
  const found = await Promise.all(names.map((name) => readSecret(ctx, accessKey, name, signal)));
  return found.flatMap((secret) => (secret && secret.ownership !== 'foreign' ? [secret] : []));
}
