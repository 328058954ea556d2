import { pairIn, type SecretFacts, secretFacts } from '../../accesskey/secret/facts.ts';
import { readyOf } from '../../api/conditions.ts';
import type { AccessKey } from '../../api/schema/accesskey.ts';
import { isNotFound } from '../../kube/errors.ts';
import type { Pair } from '../../provider/provider.ts';
import { CliError } from '../shell/errors.ts';
import { EXIT } from '../shell/exit-codes.ts';
import type { Kubernetes } from '../shell/kubernetes.ts';
import { publishedSecretOf } from './facts.ts';

/** A published pair, with the other values of its Secret. */
export interface PublishedPair {
  readonly pair: Pair;
  readonly secretName: string;
  /** The endpoint at which applications reach the store. */
  readonly endpoint: string;
  readonly region: string;
  readonly facts: SecretFacts;
}

/**
 * Reads the pair of a key from its Secret, by the user's own right to get Secrets.
 * @throws CliError if no pair is published, KubeError if the user may not read the Secret
 */
export async function readPublishedPair(
  { secrets, namespace }: Kubernetes,
  accessKey: AccessKey,
  signal?: AbortSignal,
): Promise<PublishedPair> {
  const secretName = publishedSecretOf(accessKey);
  const { name } = accessKey.metadata;
  const none = (what: string) => {
    const ready = readyOf(accessKey);
    const why = ready === undefined ? 'is the operator running?' : `${ready.reason}: ${ready.message}`;
    return new CliError(EXIT.notFound, `${namespace}/${name} has no pair: ${what}`, plainWhy(why));
  };
  try {
    const secret = await secrets.get(secretName, namespace, { signal });
    const facts = secretFacts(secret);
    const pair = pairIn(secret);
    if (pair === undefined || facts.endpoint === undefined) throw none(`Secret ${secretName} holds none`);
    return { pair, secretName, endpoint: facts.endpoint, region: facts.region ?? 'us-east-1', facts };
  } catch (error) {
    if (isNotFound(error)) throw none(`there is no Secret ${secretName}`);
    throw error;
  }
}

function plainWhy(why: string): string {
  return `the key says: ${why}`;
}
