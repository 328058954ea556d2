import { LABEL_ACCESS_KEY } from '../api/names.ts';
import type { SecretFacts } from './secret.ts';

/** The Secrets of each AccessKey, by their label and their controller. */
export interface SecretIndex {
  /** Takes in a change of a Secret; gives the keys `namespace/name` of the AccessKeys that it concerns. */
  change(before: SecretFacts | undefined, after: SecretFacts | undefined): string[];
  /** Takes in a Secret that was written here: the watch doesn't tell of it. */
  add(written: SecretFacts): void;
  /** The names of the Secrets that carry the label of the AccessKey with that key. */
  namesOf(key: string): readonly string[];
}

export function createSecretIndex(): SecretIndex {
  const names = new Map<string, Set<string>>();
  function add(facts: SecretFacts): void {
    const key = labelled(facts);
    if (key === undefined) return;
    const known = names.get(key) ?? new Set<string>();
    known.add(facts.metadata.name);
    names.set(key, known);
  }
  return {
    add,
    change(before, after) {
      const was = before && labelled(before);
      const is = after && labelled(after);
      if (before && was !== undefined && was !== is) {
        const rest = names.get(was);
        rest?.delete(before.metadata.name);
        if (rest?.size === 0) names.delete(was);
      }
      if (after) add(after);
      const concerned = [was, is, before && controllerOf(before), after && controllerOf(after)];
      return [...new Set(concerned.filter((key) => key !== undefined))];
    },
    namesOf: (key) => [...(names.get(key) ?? [])],
  };
}

function labelled({ metadata }: SecretFacts): string | undefined {
  const name = metadata.labels?.[LABEL_ACCESS_KEY];
  return name === undefined ? undefined : `${metadata.namespace}/${name}`;
}

function controllerOf({ metadata }: SecretFacts): string | undefined {
  const owner = metadata.ownerReferences?.find(
    ({ controller, kind }) => controller === true && kind === 'AccessKey',
  );
  return owner && `${metadata.namespace}/${owner.name}`;
}
