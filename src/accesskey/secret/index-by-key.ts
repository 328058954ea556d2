import { LABEL_ACCESS_KEY } from '../../api/names.ts';
import { controllerOf, type SecretFacts } from './facts.ts';

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
  /** Nearly always one name of a key: a list takes less than a set. */
  const names = new Map<string, readonly string[]>();
  function add(facts: SecretFacts): void {
    const key = labelled(facts);
    if (key === undefined) return;
    const known = names.get(key) ?? [];
    if (!known.includes(facts.metadata.name)) names.set(key, [...known, facts.metadata.name]);
  }
  return {
    add,
    change(before, after) {
      const was = before && labelled(before);
      const is = after && labelled(after);
      if (before && was !== undefined && was !== is) {
        const rest = names.get(was)?.filter((name) => name !== before.metadata.name) ?? [];
        if (rest.length === 0) names.delete(was);
        else names.set(was, rest);
      }
      if (after) add(after);
      const concerned = [was, is, before && owning(before), after && owning(after)];
      return [...new Set(concerned.filter((key) => key !== undefined))];
    },
    namesOf: (key) => names.get(key) ?? [],
  };
}

function labelled({ metadata }: SecretFacts): string | undefined {
  const name = metadata.labels?.[LABEL_ACCESS_KEY];
  return name === undefined ? undefined : `${metadata.namespace}/${name}`;
}

function owning({ metadata }: SecretFacts): string | undefined {
  const controller = controllerOf(metadata);
  return controller?.kind === 'AccessKey' ? `${metadata.namespace}/${controller.name}` : undefined;
}
