/**
 * The bare minimum: for each key the requests that the operator makes, in its order, by its clients, with bodies of the
 * same size, and nothing in between: no cache, no queue, no decision, no check of what is answered. What it reaches is
 * what the servers allow.
 */
import { randomBytes } from 'node:crypto';
import { ANNOTATION_PAIR_DIGEST } from '../../src/api/names.ts';
import type { AccessKey } from '../../src/api/schema/accesskey.ts';
import { isNotFound } from '../../src/kube/errors.ts';
import type { Secret } from '../../src/kube/objects.ts';
import type { KubeResource } from '../../src/kube/resource.ts';
import { policyName } from '../../src/ownership/names.ts';
import { newPair, pairDigest } from '../../src/ownership/new-pair.ts';
import { policyDigest } from '../../src/provider/documents/canonical.ts';
import type { PolicyDocument } from '../../src/provider/documents/statement.ts';
import type { MinioStore } from '../../src/provider/minio/admin.ts';

/** A key that the operator has made, from which the bodies for all others follow by putting in other names. */
export interface Template {
  readonly cluster: { readonly name: string; readonly uid: string };
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly accessKeyId: string;
  /** The digests of its policy and of its pair, as its status and its Secret record them. */
  readonly policyDigest: string;
  readonly pairDigest: string;
  /** Its policy document, Secret and status, as JSON. */
  readonly policy: string;
  readonly secret: string;
  readonly status: string;
}

/** An AccessKey as the answer to its apply names it. */
export interface Applied {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
}

export interface Servers {
  readonly accessKeys: KubeResource<AccessKey>;
  readonly secrets: KubeResource<Secret>;
  readonly store: MinioStore;
}

/** Reads the template off a key that is Ready. */
export async function readTemplate(
  { accessKeys, secrets, store }: Servers,
  cluster: Template['cluster'],
  { name, namespace }: Pick<Applied, 'name' | 'namespace'>,
): Promise<Template> {
  const { metadata, status } = await accessKeys.get(name, namespace);
  const { labels, annotations, ownerReferences, ...secret } = await strippedSecret(secrets, name, namespace);
  const policy = await store.getPolicy(policyName(cluster, namespace, name));
  return {
    cluster,
    name,
    namespace,
    uid: metadata.uid,
    accessKeyId: status.accessKeyId ?? '',
    policyDigest: status.policyDigest ?? '',
    pairDigest: annotations?.[ANNOTATION_PAIR_DIGEST] ?? '',
    policy: JSON.stringify({ ...policy?.document, ID: policy?.id }),
    secret: JSON.stringify({
      ...secret,
      metadata: { name, namespace, labels, annotations, ownerReferences },
    }),
    status: JSON.stringify(status),
  };
}

async function strippedSecret(secrets: KubeResource<Secret>, name: string, namespace: string) {
  const { apiVersion, kind, type, data, metadata } = await secrets.get(name, namespace);
  const { labels, annotations, ownerReferences } = metadata;
  return { apiVersion, kind, type, data, labels, annotations, ownerReferences };
}

/**
 * Does for one key what the operator does: 2 writes and 2 reads of the API server, 5 requests to the store.
 * @param onPublished called when the Secret is there, before the status is written; told the access key id
 */
export async function makeKey(
  servers: Servers,
  template: Template,
  key: Applied,
  onPublished?: (accessKeyId: string) => void,
): Promise<void> {
  const { accessKeys, secrets, store } = servers;
  const { name, namespace, uid } = key;
  const policy = policyName(template.cluster, namespace, name);
  const pair = newPair(policy, randomBytes);
  const body = <T>(text: string, digests?: { policy: string; pair: string }): T =>
    JSON.parse(
      text
        .replaceAll(template.uid, uid)
        .replaceAll(template.name, name)
        .replaceAll(template.namespace, namespace)
        .replaceAll(template.accessKeyId, pair.accessKeyId)
        .replaceAll(template.policyDigest, digests?.policy ?? '')
        .replaceAll(template.pairDigest, digests?.pair ?? ''),
    );
  const document = body<PolicyDocument>(template.policy);
  // Without them an operator would take the key for one that somebody has edited.
  const digests = { policy: policyDigest(document), pair: pairDigest(pair) };
  const { metadata } = await accessKeys.get(name, namespace);
  await secrets.get(name, namespace).catch((error: unknown) => {
    if (!isNotFound(error)) throw error;
  });
  await store.getPolicy(policy);
  await store.putPolicy(policy, document);
  await store.putUser(pair);
  await store.setUserPolicies(pair.accessKeyId, [policy]);
  await store.probe(pair);
  const secret = body<Secret>(template.secret, digests);
  const data = {
    ...secret.data,
    AWS_ACCESS_KEY_ID: Buffer.from(pair.accessKeyId).toString('base64'),
    AWS_SECRET_ACCESS_KEY: Buffer.from(pair.secretAccessKey).toString('base64'),
  };
  await secrets.create({ ...secret, data });
  onPublished?.(pair.accessKeyId);
  await accessKeys.patch(
    name,
    namespace,
    { metadata: { uid, resourceVersion: metadata.resourceVersion }, status: body(template.status, digests) },
    { subresource: 'status' },
  );
}

/**
 * Does what the operator does for a deletion, until the store refuses the pair: 2 reads and a write, 3 to the store.
 */
export async function revokeKey(
  { accessKeys, secrets, store }: Servers,
  { cluster }: Template,
  { name, namespace }: Pick<Applied, 'name' | 'namespace'>,
  accessKeyId: string,
): Promise<void> {
  await accessKeys.get(name, namespace);
  await secrets.get(name, namespace);
  await secrets.delete(name, namespace);
  await store.getPolicy(policyName(cluster, namespace, name));
  await store.getUser(accessKeyId);
  await store.removeUser(accessKeyId);
}
