/** The CustomResourceDefinitions, made from the schemas in this folder. */
import { z } from 'zod';
import { GROUP, MANAGED_BY, VERSION } from '../names.ts';
import { ACCESS_KEY_KIND, accessKeyRules, accessKeySpec, accessKeyStatus } from './accesskey.ts';
import { CLUSTER_OBJECT_STORE_KIND, clusterObjectStoreSpec } from './clusterobjectstore.ts';
import { OBJECT_STORE_KIND, objectStoreSpec } from './objectstore.ts';
import { storeStatus } from './store-status.ts';
import type { StructuralSchema } from './structural-schema.ts';

/** A column of `kubectl get`, which prints the name in capitals. Priority 1 is for `-o wide`. */
interface Column {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'date';
  readonly jsonPath: string;
  readonly priority?: 1;
}

interface Definition {
  readonly kind: string;
  readonly plural: string;
  readonly shortName: string;
  readonly scope: 'Namespaced' | 'Cluster';
  readonly labels?: Readonly<Record<string, string>>;
  readonly description: string;
  readonly spec: z.ZodType;
  readonly status: z.ZodType;
  readonly rules?: object;
  readonly columns: readonly Column[];
}

/** A CustomResourceDefinition of apiextensions.k8s.io/v1, with the fields that this project sets. */
export interface CustomResourceDefinition {
  readonly apiVersion: 'apiextensions.k8s.io/v1';
  readonly kind: 'CustomResourceDefinition';
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
  readonly spec: {
    readonly group: string;
    readonly scope: 'Namespaced' | 'Cluster';
    readonly names: {
      readonly kind: string;
      readonly listKind: string;
      readonly plural: string;
      readonly singular: string;
      readonly shortNames: readonly string[];
      readonly categories: readonly string[];
    };
    readonly versions: readonly {
      readonly name: string;
      readonly served: boolean;
      readonly storage: boolean;
      readonly subresources: { readonly status: object };
      readonly additionalPrinterColumns: readonly Column[];
      readonly schema: { readonly openAPIV3Schema: StructuralSchema };
    }[];
  };
}

const ready: readonly Column[] = [
  { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
  { name: 'Reason', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].reason' },
];
const age: Column = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' };

const accessKey: Definition = {
  kind: ACCESS_KEY_KIND,
  plural: 'accesskeys',
  shortName: 'ak',
  scope: 'Namespaced',
  // By this label, servicebinding.io's tools find the kinds whose status names a Secret.
  labels: { 'servicebinding.io/provisioned-service': 'true' },
  description:
    'AccessKey is a key to an S3 store: a user, a policy that lists what it may do in which buckets, and a Secret in this namespace with the pair that an application uses to sign requests. Deleting it revokes this key immediately, and no other.',
  spec: accessKeySpec,
  status: accessKeyStatus,
  rules: accessKeyRules,
  columns: [
    { name: 'Label', type: 'string', jsonPath: '.status.label' },
    { name: 'Access', type: 'string', jsonPath: '.status.access' },
    { name: 'Key-ID', type: 'string', jsonPath: '.status.accessKeyId' },
    { name: 'Secret', type: 'string', jsonPath: '.status.binding.name' },
    ...ready,
    age,
    { name: 'Store', type: 'string', jsonPath: '.spec.storeRef.name', priority: 1 },
    // kubectl shows a date as an age, which has no meaning for a time in the future.
    { name: 'Expires', type: 'string', jsonPath: '.status.expiresAt', priority: 1 },
    { name: 'Next-Rotation', type: 'string', jsonPath: '.status.nextRotationAt', priority: 1 },
  ],
};

const storeColumns: readonly Column[] = [
  { name: 'Endpoint', type: 'string', jsonPath: '.spec.endpoint' },
  ...ready,
  { name: 'Keys', type: 'integer', jsonPath: '.status.keys' },
  age,
  { name: 'Orphaned', type: 'integer', jsonPath: '.status.orphanedUsers', priority: 1 },
  { name: 'Version', type: 'string', jsonPath: '.status.serverVersion', priority: 1 },
  { name: 'Addressing', type: 'string', jsonPath: '.status.addressing', priority: 1 },
];

const clusterObjectStore: Definition = {
  kind: CLUSTER_OBJECT_STORE_KIND,
  plural: 'clusterobjectstores',
  shortName: 'cos',
  scope: 'Cluster',
  description:
    'ClusterObjectStore is an S3 store that AccessKeys in any namespace may name, within its grants. Anyone who can write one controls every key in that store.',
  spec: clusterObjectStoreSpec,
  status: storeStatus,
  columns: storeColumns,
};

const objectStore: Definition = {
  kind: OBJECT_STORE_KIND,
  plural: 'objectstores',
  shortName: 'os',
  scope: 'Namespaced',
  description:
    "ObjectStore is an S3 store for the AccessKeys of its own namespace, which may ask for any access in it. Its credentials and CA are in this namespace too. The operator serves it only if its endpoint is one that the operator's administrator allows.",
  spec: objectStoreSpec,
  status: storeStatus,
  columns: storeColumns,
};

/** Returns the CRDs in the order in which to apply them. */
export function customResourceDefinitions(): CustomResourceDefinition[] {
  return [accessKey, clusterObjectStore, objectStore].map(customResourceDefinition);
}

function customResourceDefinition(definition: Definition): CustomResourceDefinition {
  const { kind, plural, shortName, scope, labels, columns } = definition;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${GROUP}`, ...(labels && { labels }) },
    spec: {
      group: GROUP,
      scope,
      names: {
        kind,
        listKind: `${kind}List`,
        plural,
        singular: kind.toLowerCase(),
        shortNames: [shortName],
        // Not the plural of one of the kinds: kubectl would take it for the category and list all of them.
        categories: [MANAGED_BY],
      },
      versions: [
        {
          name: VERSION,
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: columns,
          schema: { openAPIV3Schema: rootSchema(definition) },
        },
      ],
    },
  };
}

function rootSchema({ description, spec, status, rules }: Definition): StructuralSchema {
  return {
    type: 'object',
    description,
    required: ['spec'],
    ...rules,
    properties: {
      apiVersion: { type: 'string', description: 'The version of this schema.' },
      kind: { type: 'string', description: 'The kind of this object.' },
      metadata: { type: 'object' },
      spec: openApiSchema(spec),
      status: openApiSchema(status),
    },
  };
}

/** Returns the schema of what a user may write: a field with a default is optional. */
function openApiSchema(schema: z.ZodType): StructuralSchema {
  return z.toJSONSchema(schema, { target: 'openapi-3.0', io: 'input' }) as StructuralSchema;
}
