/** The manifest of a new AccessKey, from flags, a dialog or the page. */

import { API_VERSION } from '../../api/names.ts';
import type { AccessKeySpec, BucketAccess } from '../../api/schema/accesskey.ts';
import type { Format } from '../../api/secret-keys.ts';
import type { StoreRef } from '../shell/store-ref.ts';

/** The flags of a new key. A field that is left out gets the API's default. */
export interface NewKey {
  readonly name: string;
  readonly namespace: string;
  readonly label?: string | undefined;
  readonly storeRef?: StoreRef | undefined;
  /** `unrestricted`, or the entries of a limited key, which may be none. */
  readonly access: 'unrestricted' | readonly BucketAccess[];
  readonly secretName?: string | undefined;
  readonly formats?: readonly Format[] | undefined;
  readonly rotation?: { readonly interval?: string; readonly gracePeriod?: string } | undefined;
  readonly expiresAt?: string | undefined;
}

/** An AccessKey as it is applied. */
export interface AccessKeyManifest {
  readonly apiVersion: typeof API_VERSION;
  readonly kind: 'AccessKey';
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: Partial<AccessKeySpec>;
}

/** Makes the manifest. It always writes `limited`, so that a field that gets lost later opens nothing. */
export function newKeyManifest(key: NewKey): AccessKeyManifest {
  const { name, namespace, label, storeRef, access, secretName, formats = [], rotation, expiresAt } = key;
  return {
    apiVersion: API_VERSION,
    kind: 'AccessKey',
    metadata: { name, namespace },
    spec: {
      ...(label !== undefined && { label }),
      ...(storeRef && { storeRef }),
      ...accessFields(access),
      ...(secretName !== undefined && { secretName }),
      ...(formats.length > 0 && { secretTemplate: { formats: [...formats] } }),
      ...(rotation && { rotation: rotation as NonNullable<AccessKeySpec['rotation']> }),
      ...(expiresAt !== undefined && { expiresAt }),
    },
  };
}

/** The fields of a spec that say what a key may do. */
function accessFields(
  access: NewKey['access'],
): Pick<AccessKeySpec, 'limited'> & { bucketAccess?: BucketAccess[] } {
  if (access === 'unrestricted') return { limited: false };
  return { limited: true, ...(access.length > 0 && { bucketAccess: [...access] }) };
}

const MAX_NAME = 63;

/**
 * Returns a name for an AccessKey made from its label: `Photo uploader (EU)` gives `photo-uploader-eu`.
 * Returns '' if no character of the label may be in a name.
 */
export function nameFromLabel(label: string): string {
  return label
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, MAX_NAME)
    .replaceAll(/^-+|-+$/g, '');
}
