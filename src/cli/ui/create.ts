/** A new key: what would come of a form, and the key itself. */
import type { AccessKey, BucketAccess } from '../../api/schema/accesskey.ts';
import { postKey, refusalOf } from '../keys/create.ts';
import { newKeyManifest } from '../keys/new-key.ts';
import { yamlOf } from '../print/objects.ts';
import { CliError } from '../shell/errors.ts';
import type { Kubernetes } from '../shell/kubernetes.ts';
import type { StoreRef } from '../shell/store-ref.ts';
import { knownBySpec, readNamespace, readStoreIfAllowed } from '../stores/known.ts';
import { offerOf } from '../stores/offer.ts';
import type { Call } from './call.ts';
import { findingsOf } from './findings.ts';
import { readNewKey } from './forms.ts';
import type { NewKeyForm, Preview } from './protocol.ts';
import { rowOf } from './rows.ts';

/** Returns a form's manifest, the API server's answer to it, and what the store grants on its buckets. */
export async function preview({ kubernetes, body, signal }: Call): Promise<Preview> {
  const form = readNewKey(body);
  const manifest = manifestOf(form);
  const [most, refusal] = await Promise.all([
    mostGranted(kubernetes, form, form.storeRef, signal),
    form.name === '' ? undefined : refusalOf(kubernetes, manifest, signal),
  ]);
  return { yaml: yamlOf(manifest), most, findings: refusal ? findingsOf(refusal) : [] };
}

/** Creates the key. @throws KubeError, CliError */
export async function createKeyOf({ kubernetes, body, signal }: Call): Promise<object> {
  const created: AccessKey = await postKey(kubernetes, manifestOf(readNewKey(body)), {
    dryRun: false,
    signal,
  });
  return rowOf(created);
}

function manifestOf({ rotateEvery, ...form }: NewKeyForm) {
  return newKeyManifest({
    ...form,
    ...(rotateEvery !== undefined && { rotation: { interval: rotateEvery } }),
  });
}

/**
 * Returns the most that the store grants on each of the buckets; empty if the user may not read the store.
 */
export async function mostGranted(
  kubernetes: Kubernetes,
  {
    namespace,
    access,
  }: { readonly namespace: string; readonly access: 'unrestricted' | readonly BucketAccess[] },
  storeRef: StoreRef,
  signal: AbortSignal,
): Promise<Preview['most']> {
  if (access === 'unrestricted') return {};
  const [store, labels] = await Promise.all([
    readStoreIfAllowed(kubernetes, storeRef, namespace, signal).catch((error: unknown) => {
      // A store that isn't there yet is no fault of the form.
      if (error instanceof CliError) return undefined;
      throw error;
    }),
    readNamespace(kubernetes, namespace, signal),
  ]);
  if (store === undefined) return {};
  const offer = offerOf(knownBySpec(store), labels);
  return Object.fromEntries(access.map(({ bucketName }) => [bucketName, offer.most(bucketName)]));
}
