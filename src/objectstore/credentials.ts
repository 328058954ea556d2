import { pairIn } from '../accesskey/secret.ts';
import type { CredentialsRef } from '../api/clusterobjectstore.ts';
import { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } from '../api/names.ts';
import { isNotFound } from '../kube/errors.ts';
import type { Secret } from '../kube/objects.ts';
import type { KubeResource } from '../kube/resource.ts';
import type { Pair } from '../store/store.ts';

/** Reads the store's own credentials, live. Gives a sentence for the store's status where they aren't there. */
export async function readCredentials(
  secrets: KubeResource<Secret>,
  { namespace, name }: CredentialsRef,
  signal: AbortSignal,
): Promise<Pair | string> {
  const remedy = `create it with the keys ${AWS_ACCESS_KEY_ID} and ${AWS_SECRET_ACCESS_KEY}, or set spec.credentialsRef to the one that has them`;
  try {
    const secret = await secrets.get(name, namespace, { signal });
    const pair = pairIn(secret);
    if (pair) return pair;
    const missing = [AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY].filter((key) => !secret.data?.[key]);
    return `Secret ${namespace}/${name} lacks ${missing.join(' and ')}; add what is missing, or set spec.credentialsRef to a Secret that has both`;
  } catch (error) {
    if (isNotFound(error))
      return `there is no Secret ${namespace}/${name} with the store's credentials; ${remedy}`;
    throw error;
  }
}
