import type { NamespaceLabels } from '../../accesskey/policy/grants.ts';
import { matchesNamespace } from '../../accesskey/policy/grants.ts';
import { readyOf } from '../../api/conditions.ts';
import { type StoreObject, titleOf } from '../../objectstore/store-kinds.ts';
import { about, type Diagnosis } from './finding.ts';

/** Reports stores that cannot be used, and what stores say of users that belong to nobody. */
export function storeDiagnoses(stores: readonly StoreObject[]): Diagnosis[] {
  const { ok, problem, warning } = about('stores');
  if (stores.length === 0)
    return [
      warning('there is no store', 'write a ClusterObjectStore or ObjectStore: examples/store.yaml is one'),
    ];
  return stores.flatMap((store) => {
    const { metadata, status, spec } = store;
    const title = `${titleOf(store)}${metadata.namespace === undefined ? '' : ` in ${metadata.namespace}`}`;
    const ready = readyOf(store);
    const orphans = status?.orphanedUsers ?? 0;
    return [
      ready?.status === 'True'
        ? ok(`${title} can be used: ${spec.endpoint}, ${status?.keys ?? 0} keys`)
        : problem(
            `${title} can't be used: ${ready === undefined ? 'the operator has not reconciled it' : `${ready.reason}: ${ready.message}`}`,
            ready === undefined
              ? 'check whether the operator runs'
              : 'do what the message says; its keys wait for it',
          ),
      ...(orphans > 0
        ? [
            warning(
              `${title} has ${orphans} users that the operator created and that belong to no AccessKey`,
              `see docs/runbooks/AccessKeyOrphanedUsers.md; the store's orphans is ${spec.orphans}`,
            ),
          ]
        : []),
    ];
  });
}

/** Grants that give nothing to anybody: no namespace is of theirs. */
export function grantDiagnoses(
  stores: readonly StoreObject[],
  namespaces: readonly NamespaceLabels[],
): Diagnosis[] {
  const { ok, warning } = about('grants');
  const idle = stores
    .filter(({ kind }) => kind === 'ClusterObjectStore')
    .flatMap((store) =>
      store.spec.grants.flatMap((grant, at) =>
        namespaces.some((namespace) => matchesNamespace(grant, namespace))
          ? []
          : [
              warning(
                `spec.grants[${at}] of ${titleOf(store)} matches no namespace: ${JSON.stringify(grant.namespaces)}`,
                'label or create the namespace that is meant, or remove the grant',
              ),
            ],
      ),
    );
  return idle.length > 0 ? idle : [ok('every grant matches a namespace')];
}
