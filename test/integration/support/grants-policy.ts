/** The chart's ValidatingAdmissionPolicy, installed for the namespaces of one test file, and requests that meet it. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { NamespaceLabels } from '../../../src/accesskey/policy/grants.ts';
import { API_VERSION } from '../../../src/api/names.ts';
import { ApiError, type KubeObject, type Ref } from '../../bed/api.ts';
import { bedContext } from './bed-context.ts';
import { accessKeyRef, namespaceRef, storeRef, until } from './fixtures.ts';

const FILE = join(
  import.meta.dirname,
  '..',
  '..',
  '..',
  'charts',
  'access-key-operator',
  'files',
  'validatingadmissionpolicy.yaml',
);
/** On the namespaces that the policy is for. */
const LABEL = 'grants-admission-test';

export const { bed } = await bedContext();
const { api } = bed;

const newRun = () => `grants-${randomBytes(3).toString('hex')}`;
/** Begins every name of a test file. */
export let RUN = newRun();

const policies: (Ref & { spec: object })[] = [];
const stores: Ref[] = [];
const namespaces: Ref[] = [];

/** Makes namespaces with these labels, and the policy's own. */
export async function makeNamespaces(wanted: readonly NamespaceLabels[]): Promise<void> {
  for (const { name, labels } of wanted) {
    const metadata = { name, labels: { ...labels, [LABEL]: RUN } };
    namespaces.push(namespaceRef(name));
    await api.create({ ...namespaceRef(name), metadata });
  }
}

/** Makes a store that grants this. @returns its name */
export async function makeStore(name: string, grants: readonly object[]): Promise<string> {
  const ref = storeRef(`${RUN}-${name}`);
  stores.push(ref);
  const credentialsRef = { namespace: 'storage', name: 'minio-admin' };
  await api.create({ ...ref, spec: { endpoint: 'https://minio.storage.svc:9000', credentialsRef, grants } });
  return ref.metadata.name;
}

/**
 * Installs the policy as an administrator would, under other names and for this file's namespaces alone.
 * @returns the policy, once it knows every store that was made before
 */
export async function installPolicy(namespace: string): Promise<Ref> {
  const last = await makeStore('last', []);
  for (const document of parseAllDocuments(readFileSync(FILE, 'utf8'))) {
    const object: Ref & { spec: object } = document.toJS();
    const matchResources = { namespaceSelector: { matchLabels: { [LABEL]: RUN } } };
    const spec =
      'policyName' in object.spec ? { ...object.spec, policyName: RUN, matchResources } : object.spec;
    const own = { ...object, metadata: { name: RUN }, spec };
    policies.unshift(own);
    await api.apply(own);
  }
  // Stores reach the policy in the order in which they were made.
  await until('the policy in force', async () => (await tryCreate(namespace, last, {})) !== '');
  const policy = policies.find(({ kind }) => kind === 'ValidatingAdmissionPolicy');
  if (!policy) throw new Error(`${FILE} has no policy`);
  return policy;
}

/** Removes all that the test file has made. The next one has other names. */
export async function removeAll(): Promise<void> {
  const made = [policies, namespaces, stores].flatMap((refs): Ref[] => refs.splice(0));
  RUN = newRun();
  for (const ref of made) await api.delete(ref);
}

/** Makes an AccessKey. */
export function createKey(namespace: string, store: string, spec: object, name: string): Promise<KubeObject> {
  return api.create(accessKey(namespace, store, spec, name));
}

/** Returns the policy's message on a new key, '' if it admits the key. It is a dry run. */
export function tryCreate(namespace: string, store: string, spec: object): Promise<string> {
  return refusal(api.request('POST', path(namespace), accessKey(namespace, store, spec, 'probe')));
}

/** Returns the policy's message on another spec of a key in the same store, '' if it admits it. It is a dry run. */
export function tryUpdate(object: KubeObject, spec: object, metadata: object = {}): Promise<string> {
  const { name, namespace = '' } = object.metadata;
  const body = {
    ...object,
    metadata: { ...object.metadata, ...metadata },
    spec: { storeRef: object.spec?.['storeRef'], ...spec },
  };
  return refusal(api.request('PUT', path(namespace, name), body));
}

/** Returns the policy's message, '' if it admits the request. @throws ApiError if something else refuses it */
async function refusal(request: Promise<unknown>): Promise<string> {
  try {
    await request;
    return '';
  } catch (error) {
    const [, said] = error instanceof ApiError ? error.message.split(' denied request: ') : [];
    if (said === undefined) throw error;
    expect(error).toMatchObject({ status: 403, reason: 'Forbidden' });
    return said;
  }
}

/** Runs all, sixteen at a time. */
export async function inBatches<T>(cases: readonly T[], run: (of: T) => Promise<void>): Promise<void> {
  for (let i = 0; i < cases.length; i += 16) await Promise.all(cases.slice(i, i + 16).map(run));
}

function accessKey(namespace: string, store: string, spec: object, name: string) {
  return { ...accessKeyRef(namespace, name), spec: { storeRef: { name: store }, ...spec } };
}

function path(namespace: string, name = ''): string {
  const at = `/apis/${API_VERSION}/namespaces/${namespace}/accesskeys${name && `/${name}`}`;
  return `${at}?dryRun=All&fieldValidation=Strict`;
}
