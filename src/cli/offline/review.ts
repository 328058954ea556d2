/**
 * The review of manifests: the schema and rules of the API, and the operator's own checks. Asks no server.
 */
import { GROUP } from '../../api/names.ts';
import type { AccessKey } from '../../api/schema/accesskey.ts';
import { duplicates } from './duplicates.ts';
import type { Finding } from './findings.ts';
import { keyFindings } from './key-findings.ts';
import type { Manifest, Unreadable } from './manifests.ts';
import { accessKeyOf, namespacesIn, storesIn } from './objects.ts';
import { schemaFindings } from './schema-findings.ts';

/** The manifests of a review. `stores` are manifests from which only stores are read. */
export interface Review {
  readonly manifests: readonly Manifest[];
  readonly stores: readonly Manifest[];
  readonly unreadable: readonly Unreadable[];
  /** The namespace of objects that name none. */
  readonly namespace: string;
}

/** Returns every finding, in the order of the files. */
export function review({ manifests, stores, unreadable, namespace }: Review): Finding[] {
  const ours = manifests.filter(({ apiVersion }) => apiVersion.startsWith(`${GROUP}/`));
  const known = storesIn([...manifests, ...stores], namespace);
  const namespaces = namespacesIn([...manifests, ...stores]);
  const findings = unreadable.map(
    ({ place, cause, isTemplate }): Finding => ({
      ...{ rule: 'yaml', level: isTemplate ? 'note' : 'error', object: '', field: '', place },
      message: isTemplate ? 'a template of Helm: check what helm template makes of it' : cause,
    }),
  );
  const valid: (readonly [Manifest, AccessKey])[] = [];
  for (const manifest of ours) {
    const faults = schemaFindings(manifest, namespace);
    findings.push(...faults);
    const accessKey = accessKeyOf(manifest, namespace);
    if (accessKey !== undefined && !faults.some(({ level }) => level === 'error'))
      valid.push([manifest, accessKey]);
  }
  for (const [manifest, accessKey] of valid)
    findings.push(...keyFindings(manifest, accessKey, known, namespaces));
  return [...findings, ...duplicates(valid)];
}
