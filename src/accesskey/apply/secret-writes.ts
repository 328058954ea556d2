import { ANNOTATION_PUBLISH_BLOCK, FIELD_MANAGER } from '../../api/names.ts';
import type { AccessKey } from '../../api/schema/accesskey.ts';
import { isConflict } from '../../kube/errors.ts';
import { ignoreNotFound } from '../../kube/ignore-not-found.ts';
import type { ObjectMeta, Secret } from '../../kube/objects.ts';
import type { Context } from '../context/context.ts';
import type { ObservedSecret } from '../observe/observed.ts';
import { secretFacts, secretNameOf } from '../secret/facts.ts';
import { type Publication, secretManifest, secretPatch } from '../secret/publication.ts';

/** The AccessKey whose Secrets are written, and what the writes need. */
export interface SecretTarget {
  readonly ctx: Pick<Context, 'secrets' | 'wroteSecret'>;
  readonly accessKey: AccessKey;
  readonly signal: AbortSignal;
  /**
   * The versions of the Secrets that this plan has written, by uid. They are newer than the observed ones.
   */
  readonly versions: Map<string, string>;
}

/** A publication, and the Secret that it goes over; undefined if there is none yet. */
interface Publishing {
  readonly publication: Publication;
  readonly over: ObservedSecret | undefined;
}

/** Asks the API server by a dry run whether it takes a publication. */
export async function tryPublish(target: SecretTarget, publishing: Publishing): Promise<void> {
  await writeSecret(target, publishing, { dryRun: true });
}

/**
 * Publishes a pair. The first publish is a create, so a late one of a process that was frozen fails. Later
 * ones carry uid and resourceVersion, and leave other keys, labels and owners of the Secret alone.
 */
export async function publish(target: SecretTarget, publishing: Publishing): Promise<void> {
  wrote(target, await writeSecret(target, publishing));
}

function writeSecret(
  { ctx, accessKey, signal, versions }: SecretTarget,
  { publication, over }: Publishing,
  { dryRun = false } = {},
): Promise<Secret> {
  const options = { signal, dryRun, fieldManager: FIELD_MANAGER };
  if (!over) {
    const manifest = secretManifest(accessKey, secretNameOf(accessKey), publication);
    return ctx.secrets.create(manifest, options);
  }
  const { name, uid, resourceVersion } = over.facts.metadata;
  const version = versions.get(uid) ?? resourceVersion;
  const patch = secretPatch(accessKey, over.facts, publication, version);
  return ctx.secrets.patch(name, accessKey.metadata.namespace, patch, options);
}

/**
 * Writes the block against a late publish. The patch carries the resourceVersion that the operator read, as
 * every publish over this Secret does.
 */
export async function blockLatePublish(
  target: SecretTarget,
  { facts }: ObservedSecret,
  digest: string,
): Promise<void> {
  const { ctx, accessKey, signal, versions } = target;
  const { name, uid } = facts.metadata;
  const resourceVersion = versions.get(uid) ?? facts.metadata.resourceVersion;
  const patch = { metadata: { uid, resourceVersion, annotations: { [ANNOTATION_PUBLISH_BLOCK]: digest } } };
  const options = { fieldManager: FIELD_MANAGER, signal } as const;
  wrote(target, await ctx.secrets.patch(name, accessKey.metadata.namespace, patch, options));
}

function wrote({ ctx, versions }: SecretTarget, secret: Secret): void {
  versions.set(secret.metadata.uid, secret.metadata.resourceVersion);
  ctx.wroteSecret(secretFacts(secret));
}

/**
 * Deletes exactly the Secret that the operator read, and none that has taken its name. Returns without error
 * if the Secret is gone. A precondition other than the uid may cause a Conflict too, so after one the
 * operator checks that the Secret is gone.
 */
export async function deleteSecret(
  { secrets }: Pick<Context, 'secrets'>,
  metadata: ObjectMeta,
  signal: AbortSignal,
): Promise<void> {
  const { name, namespace, uid } = metadata;
  try {
    await ignoreNotFound(secrets.delete(name, namespace, { uid, signal }));
  } catch (error) {
    if (!isConflict(error)) throw error;
    const there = await ignoreNotFound(secrets.get(name, namespace, { signal }));
    if (there?.metadata.uid === uid) throw error;
  }
}
