/** Specs of AccessKeys, and edits of them. */
import type { AccessKeySpec } from '../../../src/api/schema/accesskey.ts';
import type { Ref } from '../../bed/api.ts';
import type { Bed } from '../../bed/bed.ts';

type Permissions = NonNullable<AccessKeySpec['bucketAccess']>[number]['permissions'];

/** Returns the spec of a key that is limited to those buckets: `limitedKey({ photos: 'read_only' })`. */
export function limitedKey(access: Readonly<Record<string, Permissions>>) {
  const bucketAccess = Object.entries(access).map(([bucketName, permissions]) => ({
    bucketName,
    permissions,
  }));
  return { limited: true, bucketAccess } satisfies Partial<AccessKeySpec>;
}

/** Changes these fields of an AccessKey's spec; null removes one. */
export async function edit({ api }: Pick<Bed, 'api'>, ref: Ref, spec: object): Promise<void> {
  await api.patch(ref, { spec });
}
