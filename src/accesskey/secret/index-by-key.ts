import { LABEL_ACCESS_KEY } from '../../api/names.ts';
import { keyFor } from '../../runtime/key.ts';
import { controllerOf, type SecretFacts } from './facts.ts';

/** The Secrets of each AccessKey, by their label and their controller. */
export interface SecretIndex {
  /** Records a change of a Secret. Returns the keys `namespace/name` of the AccessKeys that it concerns. */
  change(before: SecretFacts | undefined, after: SecretFacts | undefined): string[];
  /** Records a Secret that this process wrote, because the watch suppresses that event. */
  add(written: SecretFacts): void;
  /**
   * Returns the names of the Secrets that carry the label of the AccessKey with that key. It returns only the
   * first hundred, because anyone who can create Secrets could make thousands.
   */
  namesOf(key: string): readonly string[];
}

const MAX_NAMES = 100;

/** Returns an empty index. */
export function createSecretIndex(): SecretIndex {
  /** A text for one name and a set for several: a key usually has one, and a text takes less memory. */
  const names = new Map<string, string | Set<string>>();

  function add(facts: SecretFacts): void {
    const key = labelled(facts);
    if (key === undefined) return;
    const { name } = facts.metadata;
    const known = names.get(key);
    if (known === undefined) names.set(key, name);
    else if (typeof known !== 'string') known.add(name);
    else if (known !== name) names.set(key, new Set([known, name]));
  }

  function remove(key: string, name: string): void {
    const known = names.get(key);
    if (known === name) names.delete(key);
    if (known === undefined || typeof known === 'string') return;
    known.delete(name);
    if (known.size === 0) names.delete(key);
  }

  return {
    add,
    change(before, after) {
      const was = before && labelled(before);
      const is = after && labelled(after);
      if (before && was !== undefined && was !== is) remove(was, before.metadata.name);
      if (after) add(after);
      const concerned = [was, is, before && owning(before), after && owning(after)];
      return [...new Set(concerned.filter((key) => key !== undefined))];
    },
    namesOf(key) {
      const known = names.get(key);
      if (known === undefined) return [];
      return typeof known === 'string' ? [known] : firstOf(known, MAX_NAMES);
    },
  };
}

function firstOf(all: Iterable<string>, count: number): string[] {
  const first: string[] = [];
  for (const one of all) {
    if (first.length === count) break;
    first.push(one);
  }
  return first;
}

function labelled({ metadata }: SecretFacts): string | undefined {
  const name = metadata.labels?.[LABEL_ACCESS_KEY];
  return name === undefined ? undefined : keyFor(metadata.namespace, name);
}

function owning({ metadata }: SecretFacts): string | undefined {
  const controller = controllerOf(metadata);
  return controller?.kind === 'AccessKey' ? keyFor(metadata.namespace, controller.name) : undefined;
}
