import type { AccessKey } from '../../api/schema/accesskey.ts';
import { policyNameOf } from '../../ownership/names.ts';
import { keyFor, keyOf } from '../../runtime/key.ts';
import { type SecretFacts, secretNameOf } from '../secret/facts.ts';
import { ownSecretNames } from '../secret/own-names.ts';
import type { Context } from './context.ts';

type Caches = Pick<Context, 'cluster' | 'secretCache' | 'secretsOf'>;

/**
 * The maximum number of Secrets of one AccessKey that a pass reads. It removes those of other names, and the
 * next pass reads further ones.
 */
const MAX_SECRETS = 5;

/** Returns the names of the Secrets that may be this AccessKey's by the caches, five at most. */
export function ownSecretsOf(ctx: Caches, accessKey: AccessKey): string[] {
  return ownAmong(ctx, accessKey, new Set([secretNameOf(accessKey), ...namedElsewhere(ctx, accessKey)]));
}

/**
 * Returns the names of Secrets other than the one that the AccessKey asks for now, the likeliest first, five
 * at most.
 */
export function otherSecretsOf(ctx: Caches, accessKey: AccessKey): string[] {
  const names = new Set(namedElsewhere(ctx, accessKey));
  names.delete(secretNameOf(accessKey));
  return ownAmong(ctx, accessKey, names);
}

/** Returns the names in the status and by label. */
function namedElsewhere({ secretsOf }: Caches, accessKey: AccessKey): readonly string[] {
  const { status } = accessKey;
  const labelled = secretsOf(keyOf(accessKey));
  return status.secretName === undefined ? labelled : [status.secretName, ...labelled];
}

function ownAmong({ cluster, secretCache }: Caches, accessKey: AccessKey, names: Set<string>): string[] {
  const found: SecretFacts[] = [];
  for (const secretName of names) {
    const facts = secretCache.get(keyFor(accessKey.metadata.namespace, secretName));
    if (facts) found.push(facts);
  }
  if (found.length === 0) return [];
  return ownSecretNames(accessKey, policyNameOf(cluster, accessKey), found).slice(0, MAX_SECRETS);
}
