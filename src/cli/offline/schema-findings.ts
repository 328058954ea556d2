import { API_VERSION } from '../../api/names.ts';
import type { Finding } from './findings.ts';
import { findingsAbout, SCHEMAS, specOnly } from './kinds.ts';
import type { Manifest } from './manifests.ts';
import { faultsOf } from './schema.ts';

/** The fields that kubectl and the API server keep beside the spec; the schema has nothing to say to them. */
const NOT_IN_SCHEMA = ['apiVersion', 'kind', 'metadata', 'status'];

/** Returns what the API server would say to an object: its name, the schema and the rules of its kind. */
export function schemaFindings(manifest: Manifest, namespace: string): Finding[] {
  const { kind, apiVersion, object } = manifest;
  const finding = findingsAbout(manifest, namespace);
  const known = SCHEMAS.get(kind);
  if (known === undefined || apiVersion !== API_VERSION)
    return [finding('schema', ['apiVersion'], `there is no ${apiVersion} ${kind}: write ${API_VERSION}`)];
  const { name, namespace: own } = (object['metadata'] ?? {}) as { name?: unknown; namespace?: unknown };
  if (typeof name !== 'string' || !/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(name))
    return [
      finding(
        'schema',
        ['metadata', 'name'],
        'a name is lowercase letters, digits, hyphens and dots: write one',
      ),
    ];
  const scoped =
    known.scope === 'Cluster' && own !== undefined
      ? [finding('schema', ['metadata', 'namespace'], `a ${kind} has no namespace: remove it`)]
      : [];
  const { schema } = known;
  const faults = faultsOf(schema, specOnly(schema, object)).map(({ path, message, rule, uncertain }) =>
    uncertain
      ? finding('not-checked', path, message, 'note')
      : finding(rule === 'cel' ? 'rule' : 'schema', path, message),
  );
  const unknown = Object.keys(object).filter(
    (field) => !NOT_IN_SCHEMA.includes(field) && !Object.hasOwn(schema.properties ?? {}, field),
  );
  return [
    ...scoped,
    ...faults.filter(({ field }) => !unknown.includes(field)),
    ...unknown.map((field) => finding('schema', [field], 'there is no such field')),
  ];
}
