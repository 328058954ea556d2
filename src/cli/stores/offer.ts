/** The offer of a store's grants to a namespace, for those who choose: asked of the operator's own rule. */

import { grantsTo, type KnownStore } from '../../accesskey/context/stores.ts';
import type { Access } from '../../accesskey/policy/access.ts';
import { evaluateGrants, type NamespaceLabels } from '../../accesskey/policy/grants.ts';
import type { Level } from '../keys/permissions.ts';

/** The access that keys of one namespace may ask a store for. */
export interface Offer {
  /** True if the store may give full access to every bucket. */
  readonly unrestricted: boolean;
  /** The buckets: names, and beginnings that end in `*`. */
  readonly buckets: readonly string[];
  /** The most that may be asked for on one bucket. */
  most(bucketName: string): Extract<Level, 'none' | 'read_only' | 'read_write'>;
}

/** Returns what a store's grants offer a namespace. */
export function offerOf(store: KnownStore, namespace: NamespaceLabels): Offer {
  const ask = (access: Access, of = store) => evaluateGrants(grantsTo(of, namespace), access);
  // `mayCreate` lists what is granted as read_write: with every grant widened to it, what is granted at all.
  const grants = store.grants.map((grant) => ({ ...grant, permissions: 'read_write' as const }));
  const widened = { ...store, grants };
  const granted = (bucketName: string, permissions: 'read_only' | 'read_write') =>
    ask({ kind: 'limited', entries: [{ bucketName, permissions, prefixes: [] }] }).granted;
  return {
    unrestricted: ask({ kind: 'unrestricted' }).granted,
    buckets: ask({ kind: 'unrestricted' }, widened).mayCreate,
    most(bucketName) {
      if (granted(bucketName, 'read_write')) return 'read_write';
      return granted(bucketName, 'read_only') ? 'read_only' : 'none';
    },
  };
}
