/** Changes of an AccessKey, each as the merge patch of its spec. Pure: `write-change.ts` writes them. */
import { isDeepStrictEqual } from 'node:util';
import { API_VERSION } from '../../api/names.ts';
import type { AccessKey, BucketAccess } from '../../api/schema/accesskey.ts';
import { mergeEntries } from './entries.ts';
import { labelOf } from './facts.ts';

/** A change of one key. */
export interface Change {
  /** The change in a word or two, for `accesskey/photo-uploader SUMMARY`. */
  readonly summary: string;
  /** The fields of the spec that change; null removes one. */
  readonly spec: Readonly<Record<string, unknown>>;
}

/** Returns the change of a label. */
export function labelChange(label: string): Change {
  return { summary: `labeled ${JSON.stringify(label)}`, spec: { label } };
}

/** Returns the change that disables or enables a key. */
export function disabledChange(disabled: boolean): Change {
  return { summary: disabled ? 'disabled' : 'enabled', spec: { disabled } };
}

/** Replaces the pair: the operator issues a new one for every rise of keyGeneration. */
export function rotation({ spec, status }: AccessKey): Change {
  const keyGeneration = Math.max(spec.keyGeneration ?? 1, status?.keyGeneration ?? 1) + 1;
  return { summary: 'rotated', spec: { keyGeneration } };
}

/**
 * Changes what the key may do. Entries are laid over those that there are, or with `only` put in their place;
 * a key that was unrestricted has none.
 */
export function permissionChange(
  { spec }: AccessKey,
  access: 'unrestricted' | readonly BucketAccess[],
  { only = false } = {},
): Change {
  if (access === 'unrestricted')
    return { summary: 'unrestricted', spec: { limited: false, bucketAccess: null } };
  const before = only ? [] : (spec.bucketAccess ?? []);
  const bucketAccess = mergeEntries(before, access);
  return {
    summary: 'permissions changed',
    spec: { limited: true, bucketAccess: bucketAccess.length > 0 ? bucketAccess : null },
  };
}

/** True if the key has it all already. */
export function changesNothing({ spec }: AccessKey, change: Change): boolean {
  const fields: Readonly<Record<string, unknown>> = spec;
  return Object.entries(change.spec).every(([name, value]) =>
    isDeepStrictEqual(fields[name] ?? (name === 'disabled' ? false : undefined), value ?? undefined),
  );
}

/**
 * Returns the change as a patch for Git: a manifest with only the changed fields, which Kustomize accepts as
 * a patch.
 */
export function gitPatch({ metadata: { name, namespace } }: AccessKey, change: Change): object {
  return { apiVersion: API_VERSION, kind: 'AccessKey', metadata: { name, namespace }, spec: change.spec };
}

/** Lists what stops when the key is revoked, in lines for the question before it. */
export function whatStops(accessKey: AccessKey): string[] {
  const { metadata, status } = accessKey;
  const ids = [status?.accessKeyId, ...(status?.previousKeys ?? []).map(({ accessKeyId }) => accessKeyId)];
  const working = ids.filter((id) => id !== undefined);
  return [
    `${labelOf(accessKey)} (${metadata.namespace}/${metadata.name}): ${status?.access ?? 'no access yet'}`,
    working.length === 0
      ? 'no pair is published'
      : `the store then refuses ${working.join(' and ')} permanently`,
    ...(status?.binding ? [`Secret ${status.binding.name} is removed`] : []),
  ];
}
