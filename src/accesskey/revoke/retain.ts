import { withoutFinalizer } from '../../api/finalizers.ts';
import { FIELD_MANAGER } from '../../api/names.ts';
import { referenceTo } from '../../api/object-reference.ts';
import type { AccessKey } from '../../api/schema/accesskey.ts';
import { encodeMark, ownMark } from '../../ownership/mark.ts';
import { policyNameOf } from '../../ownership/names.ts';
import { patchFinalizers } from '../apply/access-key-writes.ts';
import type { Context } from '../context/context.ts';
import { verdictOf } from '../context/granted.ts';
import { knownStore, type ReadyStore, type StoreView } from '../context/stores.ts';
import { readOwnSecrets } from '../observe/observe-secrets.ts';
import { retainRefusalOf } from '../policy/desired-policy.ts';
import { secretFacts } from '../secret/facts.ts';

/**
 * Returns why the `deletionPolicy: Retain` of a key that is being deleted has no effect. Returns undefined if
 * it has one, or isn't set.
 */
export function retainRefusal(
  ctx: Pick<Context, 'namespaceCache'>,
  accessKey: AccessKey,
  view: StoreView,
): string | undefined {
  const { metadata, spec } = accessKey;
  const known = knownStore(view);
  if (!metadata.deletionTimestamp || spec.deletionPolicy !== 'Retain' || !known) return undefined;
  if (verdictOf(ctx, known, accessKey).mayRetain) return undefined;
  return retainRefusalOf(known.observed.title, metadata.namespace);
}

/**
 * Retains a key: leaves user, policy and Secret as they are, marked and unowned, and removes the finalizer.
 * `accessKey` must be live.
 * @param store undefined for one that is gone; the function then only releases the Secret
 */
export async function retain(
  ctx: Context,
  accessKey: AccessKey,
  store: ReadyStore | undefined,
  signal: AbortSignal,
): Promise<void> {
  if (store) await markRetained(ctx, accessKey, store, signal);
  for (const secret of await readOwnSecrets(ctx, accessKey, signal)) {
    if (secret.ownership !== 'controlled') continue;
    const { name, namespace, uid, resourceVersion, ownerReferences = [] } = secret.facts.metadata;
    const others = ownerReferences.filter((owner) => owner.uid !== accessKey.metadata.uid);
    const patch = { metadata: { uid, resourceVersion, ownerReferences: others } };
    const options = { fieldManager: FIELD_MANAGER, signal } as const;
    ctx.wroteSecret(secretFacts(await ctx.secrets.patch(name, namespace, patch, options)));
  }
  const finalizers = withoutFinalizer(accessKey.metadata);
  await patchFinalizers(ctx, accessKey, finalizers, signal);
  const { accessKeyId = '(none was issued)' } = accessKey.status;
  const note = `access key ${accessKeyId} continues to work without this AccessKey (deletionPolicy: Retain)`;
  const event = { type: 'Normal', reason: 'Retained', action: 'Retain', note } as const;
  ctx.events.record(referenceTo('AccessKey', accessKey.metadata), event);
}

/**
 * Marks the policy as retained, so that no sweep takes its users for orphans. Leaves a policy of somebody
 * else alone.
 */
async function markRetained(
  { cluster }: Pick<Context, 'cluster'>,
  accessKey: AccessKey,
  store: ReadyStore,
  signal: AbortSignal,
): Promise<void> {
  const policy = policyNameOf(cluster, accessKey);
  const stored = await store.client.readPolicy(policy, { signal });
  const mark = ownMark(stored, cluster, accessKey.metadata.uid);
  if (!stored || !mark || mark.flags.has('retained')) return;
  const retained = encodeMark({ ...mark, flags: new Set([...mark.flags, 'retained']) });
  await store.client.markPolicy(policy, stored, retained, { signal });
}
