import type { AccessKey } from '../../api/schema/accesskey.ts';
import type { CallOptions } from '../../kube/calls.ts';
import { ignoreNotFound } from '../../kube/ignore-not-found.ts';
import { keyFor } from '../../runtime/key.ts';
import type { Context } from '../context/context.ts';
import { otherSecretsOf } from '../context/own-secrets.ts';
import { ownership, pairIn, secretFacts, secretNameOf } from '../secret/facts.ts';
import { lastWriter } from '../secret/last-writer.ts';
import type { Observed, ObservedSecret, Unread } from './observed.ts';
import { isUnread, unreadBy } from './unread-by.ts';

/** The sources of an AccessKey's Secrets: the API server, and the caches that know their names. */
export type SecretSources = Pick<Context, 'secrets' | 'cluster' | 'secretCache' | 'secretsOf'>;

/** The Secrets of an AccessKey. */
interface ReadSecrets extends Pick<Observed, 'secret' | 'elsewhere'> {
  readonly refusal: Unread | undefined;
}

/**
 * Reads the AccessKey's Secrets. If the API server refuses to show one or hangs, returns its cached facts and
 * the refusal: nothing in Kubernetes may delay taking access away (rule 15).
 */
export async function readSecrets(
  ctx: SecretSources,
  accessKey: AccessKey,
  options: CallOptions,
): Promise<ReadSecrets> {
  let refusal: Unread | undefined;
  const read = async (name: string) => {
    try {
      return await readSecret(ctx, accessKey, name, options);
    } catch (error) {
      if (!isUnread(error)) throw error;
      refusal ??= unreadBy(error);
      return cachedSecret(ctx, accessKey, name);
    }
  };
  const secret = await read(secretNameOf(accessKey));
  const others = await Promise.all(otherSecretsOf(ctx, accessKey).map(read));
  return { secret, elsewhere: withoutForeign(others), refusal };
}

/** Reads the Secrets of this AccessKey live: the one that it asks for now, and those of other names. */
export async function readOwnSecrets(
  ctx: SecretSources,
  accessKey: AccessKey,
  signal: AbortSignal,
): Promise<ObservedSecret[]> {
  const secret = await readSecret(ctx, accessKey, secretNameOf(accessKey), { signal });
  const elsewhere = await readElsewhere(ctx, accessKey, signal);
  return secret && secret.ownership !== 'foreign' ? [secret, ...elsewhere] : elsewhere;
}

/**
 * Reads the Secrets of this AccessKey under names other than the one it asks for now. Status and label name
 * them.
 */
async function readElsewhere(
  ctx: SecretSources,
  accessKey: AccessKey,
  signal: AbortSignal,
): Promise<ObservedSecret[]> {
  const names = otherSecretsOf(ctx, accessKey);
  return withoutForeign(await Promise.all(names.map((name) => readSecret(ctx, accessKey, name, { signal }))));
}

/** Reads a Secret live. Returns undefined if there is none. */
async function readSecret(
  { secrets }: Pick<Context, 'secrets'>,
  accessKey: AccessKey,
  name: string,
  options: CallOptions,
): Promise<ObservedSecret | undefined> {
  const secret = await ignoreNotFound(secrets.get(name, accessKey.metadata.namespace, options));
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

function cachedSecret(ctx: SecretSources, accessKey: AccessKey, name: string): ObservedSecret | undefined {
  const facts = ctx.secretCache.get(keyFor(accessKey.metadata.namespace, name));
  return facts && { facts, ownership: ownership(facts, accessKey), pair: undefined };
}

function withoutForeign(secrets: readonly (ObservedSecret | undefined)[]): ObservedSecret[] {
  return secrets.filter((secret) => secret !== undefined).filter(({ ownership: of }) => of !== 'foreign');
}
