import type { SecretAllowList } from '../../api/allow-list.ts';
import type { AccessKey } from '../../api/schema/accesskey.ts';
import type { Cluster } from '../../ownership/names.ts';
import type { Context } from '../context/context.ts';
import { grantsOf } from '../context/granted.ts';
import type { AttachedUser } from '../context/hints.ts';
import { otherSecretsOf } from '../context/own-secrets.ts';
import type { KnownStore, ObservedStore } from '../context/stores.ts';
import { maxAgeMs, type NamespaceGrants } from '../policy/grants.ts';
import { type AgeRecords, ageOf, isClockTrusted, type PairAge } from '../rotation/pair-age.ts';
import { ownership, type SecretFacts, secretKeyOf } from '../secret/facts.ts';

/** The cached state of a key. */
export interface CachedState extends AgeRecords {
  readonly cluster: Cluster;
  /** The names that the operator's administrator lets AccessKeys write into Secrets. */
  readonly allowed: SecretAllowList;
  /** The store's spec; undefined if unknown, which doesn't mean that the key needs a sync. */
  readonly store: { readonly observed: ObservedStore; readonly grants: NamespaceGrants } | undefined;
  /** The Secret of spec.secretName, from the cache. */
  readonly secret: SecretFacts | undefined;
  /** The names of this AccessKey's Secrets other than spec.secretName. */
  readonly otherSecrets: readonly string[];
  /** The key's users that the operator last saw attached in the store. */
  readonly users: ReadonlyMap<string, AttachedUser>;
}

type Caches = Pick<
  Context,
  ('cluster' | 'allowed' | 'hints' | 'now' | 'clockSkewMs') | ('namespaceCache' | 'secretCache' | 'secretsOf')
>;

/**
 * Returns what the caches show of a key now. Reads nothing else.
 * @param known the store's spec, if it is known
 */
export function cachedStateOf(
  ctx: Caches,
  key: string,
  accessKey: AccessKey,
  known: KnownStore | undefined,
): CachedState {
  const { namespace } = accessKey.metadata;
  const grants = known && grantsOf(ctx, known, namespace);
  return {
    now: ctx.now(),
    accessKey,
    cluster: ctx.cluster,
    allowed: ctx.allowed,
    store: known && grants && { observed: known.observed, grants },
    maxAgeMs: grants && maxAgeMs(grants),
    secret: ctx.secretCache.get(secretKeyOf(accessKey)),
    otherSecrets: otherSecretsOf(ctx, accessKey),
    users: ctx.hints.attachedUsers(key),
    clockTrusted: isClockTrusted(ctx.clockSkewMs()),
  };
}

/**
 * Returns the age of the pair in a key's Secret, as far as the caches show it; undefined if there is none.
 */
export function cachedAge(state: CachedState): PairAge | undefined {
  const { accessKey, secret } = state;
  if (secret?.accessKeyId === undefined || ownership(secret, accessKey) === 'foreign') return undefined;
  return ageOf(state, secret);
}
