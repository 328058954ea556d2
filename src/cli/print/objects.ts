import { stringify } from 'yaml';
import { withoutManagedFields } from '../../kube/objects.ts';

/** The forms in which commands print objects. */
export const OUTPUTS = ['json', 'yaml'] as const;
export type ObjectOutput = (typeof OUTPUTS)[number];

/** Returns an object as a program or Git takes it. YAML keeps the order of the keys and breaks no line. */
export function formatted(value: object, output: ObjectOutput): string {
  return output === 'json' ? JSON.stringify(value, undefined, 2) : yamlOf(value);
}

/** Returns YAML without a line break at the end. */
export function yamlOf(value: object): string {
  return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false }).trimEnd();
}

/** Returns objects as `kubectl get -o json` has them: a List, each with its apiVersion and kind. */
export function listOf(
  apiVersion: string,
  kind: string,
  items: readonly { readonly metadata: object }[],
): object {
  return {
    apiVersion: 'v1',
    kind: 'List',
    items: items.map((item) => ({ apiVersion, kind, ...withoutManagedFields(item) })),
  };
}
