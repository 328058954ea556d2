import type { AccessKey } from '../../api/schema/accesskey.ts';

/** The store that a key names. */
export type StoreRef = AccessKey['spec']['storeRef'];

/** Returns the store as a user writes it after `--store`: `ClusterObjectStore/default`. */
export function storeNameOf({ kind, name }: StoreRef): string {
  return `${kind}/${name}`;
}
