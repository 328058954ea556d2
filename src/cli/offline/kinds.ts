/** The kinds of this API, by the CRDs that this version of the plugin comes with. */
import { customResourceDefinitions } from '../../api/schema/crd.ts';
import type { StructuralSchema } from '../../api/schema/structural-schema.ts';
import { type Finding, fieldOf, type RuleId } from './findings.ts';
import type { Manifest, Path } from './manifests.ts';
import { withDefaults } from './schema.ts';

/** The scope and the schema of each kind. */
export const SCHEMAS = new Map(
  customResourceDefinitions().map(({ spec }) => [
    spec.names.kind,
    { scope: spec.scope, schema: openMetadata(spec.versions[0]?.schema.openAPIV3Schema ?? {}) },
  ]),
);

/** The schema says nothing of metadata, which is the API server's affair. */
function openMetadata(schema: StructuralSchema): StructuralSchema {
  const metadata: StructuralSchema = { type: 'object', additionalProperties: true };
  return { ...schema, properties: { ...schema.properties, metadata } };
}

/** Returns an object with its defaults and without its status, in which of metadata only the name is left. */
export function specOnly(schema: StructuralSchema, object: Readonly<Record<string, unknown>>): unknown {
  const rest = Object.fromEntries(Object.entries(object).filter(([name]) => name !== 'status'));
  const { status: _, ...filled } = withDefaults(schema, rest) as Record<string, unknown>;
  const { name } = (object['metadata'] ?? {}) as { name?: unknown };
  return { ...filled, metadata: { name: typeof name === 'string' ? name : '' } };
}

/** Returns the object in words: `AccessKey shop/photos`. @param namespace of an object that names none */
export function titleOf(manifest: Manifest, namespace: string): string {
  const { metadata } = manifest.object as { metadata?: { namespace?: string } };
  const scoped =
    SCHEMAS.get(manifest.kind)?.scope === 'Cluster' ? '' : `${metadata?.namespace ?? namespace}/`;
  return `${manifest.kind} ${scoped}${nameOf(manifest)}`;
}

/** Returns the name of an object. */
export function nameOf({ object }: Manifest): string {
  return String((object['metadata'] as { name?: unknown } | undefined)?.name ?? '(without a name)');
}

/** Makes findings about one object. */
export function findingsAbout(manifest: Manifest, namespace: string) {
  const object = titleOf(manifest, namespace);
  return (rule: RuleId, path: Path, message: string, level: Finding['level'] = 'error'): Finding => ({
    ...{ rule, level, object, field: fieldOf(path), message },
    place: manifest.positionOf(path),
  });
}
