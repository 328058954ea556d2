/** The rights of a role one by one, taken away and given back by writing the role. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeObject, Ref } from '../../bed/api.ts';
import type { Bed } from '../../bed/bed.ts';

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

/** One verb on one resource. */
export interface Right {
  readonly group: string;
  readonly resource: string;
  readonly verb: string;
}

/** The API server reads roles by a watch. */
const TAKEN_IN_MS = 500;

/** As messages of the API server have it. */
export const nameOf = ({ resource, verb }: Right): string => `${verb} ${resource}`;

/** Returns each right that a Role or ClusterRole gives. */
export function rightsOf(role: KubeObject): Right[] {
  return rulesOf(role).flatMap(({ apiGroups, resources, verbs }) =>
    apiGroups.flatMap((group) =>
      resources.flatMap((resource) => verbs.map((verb) => ({ group, resource, verb }))),
    ),
  );
}

/** Writes the role without those rights, none for all of them, and waits until the API server knows. */
export async function writeWithout(bed: Bed, role: KubeObject, missing: readonly Right[]): Promise<void> {
  const gives = (group: string, resource: string, verb: string) =>
    !missing.some((right) => right.group === group && right.resource === resource && right.verb === verb);
  const rules = rulesOf(role).flatMap(({ apiGroups, resources, verbs, ...rest }) =>
    apiGroups.flatMap((group) =>
      resources.map((resource) => ({
        ...rest,
        apiGroups: [group],
        resources: [resource],
        verbs: verbs.filter((verb) => gives(group, resource, verb)),
      })),
    ),
  );
  const ref: Ref = role;
  await bed.api.patch(ref, { rules: rules.filter(({ verbs }) => verbs.length > 0) });
  await sleep(TAKEN_IN_MS);
}

function rulesOf(role: KubeObject): readonly Rule[] {
  return role['rules'] as readonly Rule[];
}
