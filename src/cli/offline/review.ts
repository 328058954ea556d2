/** The review of manifests: the schema and rules of the API, and the operator's own checks. Asks no server. */
import { askedVerdict, desiredDocument } from '../../accesskey/policy/desired-policy.ts';
import { evaluateGrants, type NamespaceLabels } from '../../accesskey/policy/grants.ts';
import { secretNameOf } from '../../accesskey/secret/facts.ts';
import { isRefusal } from '../../accesskey/secret/placeholders.ts';
import { ANY_PAIR, requestedShape } from '../../accesskey/secret/template-output.ts';
import { DEFAULT_ALLOW_LIST } from '../../api/allow-list.ts';
import { API_VERSION, GROUP } from '../../api/names.ts';
import type { AccessKey } from '../../api/schema/accesskey.ts';
import { customResourceDefinitions } from '../../api/schema/crd.ts';
import { type AnyStore, ofClusterObjectStore, ofObjectStore } from '../../objectstore/store-kinds.ts';
import { storeNameOf } from '../shell/store-ref.ts';
import { knownBySpec } from '../stores/known.ts';
import { type Finding, fieldOf, type RuleId } from './findings.ts';
import type { Manifest, Unreadable } from './manifests.ts';
import { faultsOf, type Schema, withDefaults } from './schema.ts';

/** What is reviewed. `stores` are manifests that are only looked at for stores. */
export interface Review {
  readonly manifests: readonly Manifest[];
  readonly stores: readonly Manifest[];
  readonly unreadable: readonly Unreadable[];
  /** The namespace of objects that name none. */
  readonly namespace: string;
}

const SCHEMAS = new Map(
  customResourceDefinitions().map(({ spec }) => [
    spec.names.kind,
    { scope: spec.scope, schema: openMetadata(spec.versions[0]?.schema.openAPIV3Schema as Schema) },
  ]),
);

/** The schema says nothing of metadata, which is the API server's affair. */
function openMetadata(schema: Schema): Schema {
  const metadata: Schema = { type: 'object', additionalProperties: true };
  return { ...schema, properties: { ...schema.properties, metadata } };
}

/** What kubectl and the API server keep of an object beside its spec; the schema has nothing to say to it. */
const NOT_IN_SCHEMA = ['apiVersion', 'kind', 'metadata', 'status'];

/** Every finding, in the order of the files. */
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

/** An AccessKey as the API server would store it; undefined for another kind. */
export function accessKeyOf(
  { kind, apiVersion, object }: Manifest,
  namespace: string,
): AccessKey | undefined {
  if (kind !== 'AccessKey' || apiVersion !== API_VERSION) return undefined;
  const schema = SCHEMAS.get(kind)?.schema;
  const filled = schema === undefined ? object : (withDefaults(schema, object) as Record<string, unknown>);
  const { metadata } = object as { metadata?: object };
  return {
    ...filled,
    metadata: { namespace, uid: 'ACCESSKEY-UID', ...metadata },
    status: { observedGeneration: -1 },
  } as unknown as AccessKey;
}

/** The stores among manifests, by `Kind/name`, an ObjectStore's with its namespace before it. */
export function storesIn(manifests: readonly Manifest[], namespace: string): Map<string, AnyStore> {
  const found = new Map<string, AnyStore>();
  for (const { kind, apiVersion, object } of manifests) {
    const schema = SCHEMAS.get(kind)?.schema;
    if (apiVersion !== API_VERSION || kind === 'AccessKey' || schema === undefined) continue;
    if (faultsOf(schema, specOnly(schema, object)).some(({ uncertain }) => !uncertain)) continue;
    const filled = withDefaults(schema, { ...object, status: {} }) as { metadata: { name: string } };
    const metadata = { namespace, ...filled.metadata };
    if (kind === 'ObjectStore')
      found.set(
        `${metadata.namespace} ${kind}/${metadata.name}`,
        ofObjectStore({ ...filled, metadata } as never),
      );
    else found.set(`${kind}/${metadata.name}`, ofClusterObjectStore(filled as never));
  }
  return found;
}

/** The store that a key names, among those. */
export function storeFor(
  { metadata, spec }: AccessKey,
  stores: ReadonlyMap<string, AnyStore>,
): AnyStore | undefined {
  const name = storeNameOf(spec.storeRef);
  return stores.get(spec.storeRef.kind === 'ObjectStore' ? `${metadata.namespace} ${name}` : name);
}

/** The namespaces among manifests, with their labels. */
export function namespacesIn(manifests: readonly Manifest[]): Map<string, NamespaceLabels> {
  const found = manifests
    .filter(({ kind, apiVersion }) => kind === 'Namespace' && apiVersion === 'v1')
    .map(({ object }) => object['metadata'] as { name: string; labels?: Record<string, string> });
  return new Map(found.map(({ name, labels = {} }) => [name, { name, labels }]));
}

function specOnly(schema: Schema, object: Readonly<Record<string, unknown>>): unknown {
  const rest = Object.fromEntries(Object.entries(object).filter(([name]) => name !== 'status'));
  const { status: _, ...filled } = withDefaults(schema, rest) as Record<string, unknown>;
  const { name } = (object['metadata'] ?? {}) as { name?: unknown };
  return { ...filled, metadata: { name: typeof name === 'string' ? name : '' } };
}

function schemaFindings(manifest: Manifest, namespace: string): Finding[] {
  const { kind, apiVersion, object, placeOf } = manifest;
  const about = titleOf(manifest, namespace);
  const finding = (
    rule: RuleId,
    path: readonly (string | number)[],
    message: string,
    level: Finding['level'] = 'error',
  ) => ({
    ...{ rule, level, object: about, field: fieldOf(path), message, place: placeOf(path) },
  });
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

/** What the operator itself would say to a key. */
function keyFindings(
  manifest: Manifest,
  accessKey: AccessKey,
  stores: ReadonlyMap<string, AnyStore>,
  namespaces: ReadonlyMap<string, NamespaceLabels>,
): Finding[] {
  const { namespace } = accessKey.metadata;
  const say = (
    rule: RuleId,
    path: readonly string[],
    message: string,
    level: Finding['level'] = 'error',
  ): Finding => ({
    ...{ rule, level, object: titleOf(manifest, namespace), field: fieldOf(path), message },
    place: manifest.placeOf(path),
  });
  const store = storeFor(accessKey, stores);
  if (store === undefined)
    return [
      say(
        'not-checked',
        ['spec', 'storeRef'],
        `grants are not checked: no file has ${storeNameOf(accessKey.spec.storeRef)}; name it with --store`,
        'note',
      ),
    ];
  const { observed, grants } = knownBySpec(store);
  const labels = namespaces.get(namespace) ?? { name: namespace, labels: {} };
  const verdict = askedVerdict(accessKey, observed.title, (access) =>
    evaluateGrants(observed.title, grants, labels, access),
  );
  if (!verdict.granted) {
    const unsure =
      !namespaces.has(namespace) && grants.some((grant) => grant.namespaces.matchLabels !== undefined);
    const findings = [say('grant', ['spec'], verdict.refusal, unsure ? 'note' : 'error')];
    return unsure
      ? [
          ...findings,
          say(
            'not-checked',
            ['metadata', 'namespace'],
            `no file has Namespace ${namespace}, and grants ask for its labels`,
            'note',
          ),
        ]
      : findings;
  }
  const findings: Finding[] = [];
  if (accessKey.spec.importFrom !== undefined && !verdict.mayImport)
    findings.push(
      say(
        'grant',
        ['spec', 'importFrom'],
        `${observed.title} does not grant namespace ${namespace} importFrom; a grant with allowImport: true would`,
      ),
    );
  const document = desiredDocument(
    { cluster: CLUSTER, accessKey, store: observed },
    verdict.access,
    verdict.mayCreate,
    {},
  );
  const bytes = Buffer.byteLength(JSON.stringify(document));
  if (bytes > observed.actions.maxPolicyBytes)
    findings.push(
      say(
        'policy-size',
        ['spec', 'bucketAccess'],
        `the policy would be ${bytes} bytes, and the store takes ${observed.actions.maxPolicyBytes}: name fewer buckets or prefixes`,
      ),
    );
  const inputs = { accessKey, store: observed, access: verdict.access, allowed: DEFAULT_ALLOW_LIST };
  const shape = requestedShape(inputs, ANY_PAIR);
  if (isRefusal(shape)) findings.push(say('template', ['spec', 'secretTemplate'], shape.refusal));
  // Flags of the operator may allow more than it does by default.
  else if (shape.withheld !== undefined)
    findings.push(say('not-checked', ['spec', 'secretTemplate'], shape.withheld, 'note'));
  return findings;
}

/** As long as a real one. */
const CLUSTER = { name: 'x'.repeat(36), uid: 'x'.repeat(36) };

function duplicates(keys: readonly (readonly [Manifest, AccessKey])[]): Finding[] {
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
          ...{ field: fieldOf(path), message: message(first), place: manifest.placeOf(path) },
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

function titleOf(manifest: Manifest, namespace: string): string {
  const { metadata } = manifest.object as { metadata?: { namespace?: string } };
  const scoped =
    SCHEMAS.get(manifest.kind)?.scope === 'Cluster' ? '' : `${metadata?.namespace ?? namespace}/`;
  return `${manifest.kind} ${scoped}${nameOf(manifest)}`;
}

function nameOf({ object }: Manifest): string {
  return String((object['metadata'] as { name?: unknown } | undefined)?.name ?? '(without a name)');
}
