import { readyOf } from '../../api/conditions.ts';
import type { AccessKey } from '../../api/schema/accesskey.ts';
import type { ListQuery } from '../../kube/calls.ts';
import type { KubeObject } from '../../kube/objects.ts';
import type { KubeResource } from '../../kube/resource.ts';

const PAGE = 500;

/** Returns every object of a selection, read in pages. @throws KubeError */
export async function listAll<T extends KubeObject>(
  resource: KubeResource<T>,
  query: Pick<ListQuery, 'namespace' | 'labelSelector' | 'fieldSelector' | 'signal'> = {},
): Promise<T[]> {
  const all: T[] = [];
  let token: string | undefined;
  do {
    const { items, metadata } = await resource.list({ ...query, limit: PAGE, continue: token });
    all.push(...items);
    token = metadata.continue || undefined;
  } while (token !== undefined);
  return all;
}

/** The columns that a list can be sorted by. */
export const SORTS = ['name', 'label', 'store', 'age', 'expires', 'next-rotation', 'reason'] as const;
export type Sort = (typeof SORTS)[number];

/**
 * Sorts keys by a column; keys that are equal there, and those without a value, come by namespace and name.
 */
export function sortKeys(keys: readonly AccessKey[], sort: Sort): AccessKey[] {
  const column = (key: AccessKey) => COLUMNS[sort](key) ?? '\uffff';
  const name = ({ metadata }: AccessKey) => `${metadata.namespace}/${metadata.name}`;
  return keys.toSorted((a, b) => compare(column(a), column(b)) || compare(name(a), name(b)));
}

const COLUMNS: Readonly<Record<Sort, (key: AccessKey) => string | undefined>> = {
  name: () => '',
  label: ({ metadata, spec }) => (spec.label ?? metadata.name).toLowerCase(),
  store: ({ spec: { storeRef } }) => `${storeRef.kind}/${storeRef.name}`,
  age: ({ metadata }) => metadata.creationTimestamp,
  expires: ({ spec }) => spec.expiresAt,
  'next-rotation': ({ status }) => status?.nextRotationAt,
  reason: (accessKey) => readyOf(accessKey)?.reason ?? '',
};

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
