import { secretNameOf } from '../../accesskey/secret/facts.ts';
import type { AccessKey } from '../../api/schema/accesskey.ts';
import { type Finding, fieldOf } from './findings.ts';
import { nameOf, titleOf } from './kinds.ts';
import type { Manifest } from './manifests.ts';

/** Finds keys of one name, and keys that would write one Secret. */
export function duplicates(keys: readonly (readonly [Manifest, AccessKey])[]): Finding[] {
  const findings: Finding[] = [];
  const repeatedBy = (
    what: (accessKey: AccessKey) => string,
    path: readonly string[],
    message: (first: Manifest) => string,
  ) => {
    const seen = new Map<string, Manifest>();
    for (const [manifest, accessKey] of keys) {
      const key = what(accessKey);
      const first = seen.get(key);
      if (first === undefined) seen.set(key, manifest);
      else
        findings.push({
          ...{ rule: 'duplicate', level: 'error', object: titleOf(manifest, accessKey.metadata.namespace) },
          ...{ field: fieldOf(path), message: message(first), place: manifest.positionOf(path) },
        });
    }
  };
  repeatedBy(
    ({ metadata }) => `${metadata.namespace}/${metadata.name}`,
    ['metadata', 'name'],
    ({ file }) => `${file} has an AccessKey of this name already`,
  );
  repeatedBy(
    (accessKey) => `${accessKey.metadata.namespace}/${secretNameOf(accessKey)}`,
    ['spec', 'secretName'],
    (first) => `AccessKey ${nameOf(first)} writes the same Secret: choose another secretName`,
  );
  return findings;
}
