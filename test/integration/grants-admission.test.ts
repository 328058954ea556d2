/** The chart's ValidatingAdmissionPolicy says at admission what the operator would say of the grants. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { NamespaceLabels } from '../../src/accesskey/grants.ts';
import type { Grant } from '../../src/api/clusterobjectstore.ts';
import { API_VERSION } from '../../src/api/names.ts';
import { ApiError, type KubeObject, type Ref } from '../bed/api.ts';
import { bedContext } from './bed-context.ts';
import { accessKeyRef, namespaceRef, storeRef, until } from './fixtures.ts';
import {
  type Asked,
  arbitraryAsked,
  arbitraryGrants,
  refusalOfChange,
  refusalOfNew,
} from './grants-admission-cases.ts';

const { bed } = await bedContext();
const { api } = bed;

const RUN = `grants-${randomBytes(3).toString('hex')}`;
const FILE = join(
  import.meta.dirname,
  '../../charts/access-key-operator/files/validatingadmissionpolicy.yaml',
);
/** Of the random cases: given in a failure's message. */
const SEED = Number.parseInt(randomBytes(3).toString('hex'), 16);

const NAMESPACES: readonly [NamespaceLabels, NamespaceLabels, NamespaceLabels] = [
  { name: `${RUN}-red`, labels: { team: 'red', tier: 'gold' } },
  { name: `${RUN}-blue`, labels: { team: 'blue' } },
  { name: `${RUN}-plain`, labels: {} },
];
const [{ name: HOME }] = NAMESPACES;

const stores: Ref[] = [];

async function makeStore(name: string, grants: readonly object[]): Promise<string> {
  const ref = storeRef(`${RUN}-${name}`);
  stores.push(ref);
  await api.create({
    ...ref,
    spec: {
      endpoint: 'https://minio.storage.svc:9000',
      credentialsRef: { namespace: 'storage', name: 'minio-admin' },
      grants,
    },
  });
  return ref.metadata.name;
}

function accessKey(namespace: string, store: string, spec: object, name = 'probe') {
  return { ...accessKeyRef(namespace, name), spec: { storeRef: { name: store }, ...spec } };
}

/** The path of a namespace's AccessKeys, for requests that are tried, not done. */
function path(namespace: string, name = ''): string {
  return `/apis/${API_VERSION}/namespaces/${namespace}/accesskeys${name && `/${name}`}?dryRun=All&fieldValidation=Strict`;
}

/** What the policy said, '' where it let the request pass. @throws ApiError where something else refused it */
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

function tryCreate(namespace: string, store: string, spec: object): Promise<string> {
  return refusal(api.request('POST', path(namespace), accessKey(namespace, store, spec)));
}

function tryUpdate(object: KubeObject, spec: object): Promise<string> {
  const { name, namespace = '' } = object.metadata;
  const body = { ...object, spec: { storeRef: object.spec?.['storeRef'], ...spec } };
  return refusal(api.request('PUT', path(namespace, name), body));
}

/** Runs all, a few at a time. */
async function inBatches<T>(cases: readonly T[], run: (of: T) => Promise<void>): Promise<void> {
  for (let i = 0; i < cases.length; i += 16) await Promise.all(cases.slice(i, i + 16).map(run));
}

/** Random stores, and in each namespace keys that were there before the policy was. */
const drawn = fc.sample(arbitraryGrants(NAMESPACES), { numRuns: 20, seed: SEED });
const cases = drawn.flatMap((grants, i) =>
  NAMESPACES.map((namespace, n) => {
    const other = NAMESPACES[(n + 1) % NAMESPACES.length]?.name ?? '';
    const asked = arbitraryAsked(namespace.name, other);
    const [before = {} as Asked, ...wanted] = fc.sample(asked, { numRuns: 9, seed: SEED + i * 10 + n });
    return { grants, store: `${RUN}-random-${i}`, namespace, before, wanted, key: `before-${i}` };
  }),
);
const policies: (Ref & Record<string, unknown>)[] = [];

/** As an administrator installs it, under other names, and for this file's namespaces alone. */
function testPolicies(): (Ref & { spec: object })[] {
  return parseAllDocuments(readFileSync(FILE, 'utf8')).map((document) => {
    const object: Ref & { spec: object } = document.toJS();
    const renamed = { ...object, metadata: { name: RUN } };
    if (object.kind === 'ValidatingAdmissionPolicy') return renamed;
    const namespaceSelector = { matchLabels: { 'grants-admission-test': RUN } };
    return { ...renamed, spec: { ...object.spec, policyName: RUN, matchResources: { namespaceSelector } } };
  });
}

beforeAll(async () => {
  for (const { name, labels } of NAMESPACES) {
    const all = { ...labels, 'grants-admission-test': RUN };
    await api.create({ ...namespaceRef(name), metadata: { name, labels: all } });
  }
  await inBatches([...drawn.entries()], async ([i, grants]) => {
    await makeStore(`random-${i}`, grants);
  });
  await inBatches(cases, async ({ namespace, store, before, key }) => {
    await api.create(accessKey(namespace.name, store, before, key));
  });
  const last = await makeStore('nothing', []);
  for (const object of testPolicies()) policies.push(await api.apply(object));
  // Stores reach the policy in the order in which they were made.
  await until('the policy in force', async () => (await tryCreate(HOME, last, {})) !== '');
});

afterAll(async () => {
  for (const { apiVersion, kind, metadata } of policies.reverse())
    await api.delete({ apiVersion, kind, metadata });
  for (const { name } of NAMESPACES) await api.delete(namespaceRef(name));
  for (const store of stores) await api.delete(store);
});

test('the API server finds nothing wrong with its types', async () => {
  const [policy] = policies;
  if (!policy) throw new Error('no policy was made');
  const checked = await api.waitFor(policy, 'type checked', (seen) => {
    const status = seen?.status as { observedGeneration?: number; typeChecking?: object } | undefined;
    return status?.observedGeneration === seen?.metadata.generation && status?.typeChecking;
  });
  expect(checked).toEqual({});
});

describe(`random requests (seed ${SEED})`, () => {
  test('for a new key get the answer of the operator', async () => {
    const all = cases.flatMap(({ wanted, ...rest }) => wanted.map((asked) => ({ asked, ...rest })));
    let refused = 0;
    await inBatches(all, async ({ asked, grants, store, namespace }) => {
      const expected = refusalOfNew(`ClusterObjectStore ${store}`, grants, namespace, asked);
      const said = await tryCreate(namespace.name, store, asked);
      expectSame(said, expected, { grants, namespace, asked });
      if (said) refused += 1;
    });
    console.log(`${all.length} new keys, ${refused} refused`);
    expect(refused).toBeGreaterThan(all.length / 10);
    expect(refused).toBeLessThan((all.length * 9) / 10);
  });

  test('for a change get it only for what they add', async () => {
    const all = cases.flatMap(({ wanted, ...rest }) => wanted.map((asked) => ({ asked, ...rest })));
    let [refused, tried] = [0, 0];
    await inBatches(all, async ({ asked, grants, store, namespace, before, key }) => {
      // The CRD refuses it, whatever the grants.
      const omitted = asked.limited === undefined && asked.bucketAccess === undefined;
      if (omitted && (before.limited ?? before.bucketAccess !== undefined)) return;
      const object = await api.get(accessKeyRef(namespace.name, key));
      if (!object) throw new Error(`AccessKey ${key} is gone`);
      const expected = refusalOfChange(`ClusterObjectStore ${store}`, grants, namespace, before, asked);
      const said = await tryUpdate(object, asked);
      expectSame(said, expected, { grants, namespace, before, asked });
      tried += 1;
      if (said) refused += 1;
      expect(await tryUpdate(object, { ...before, label: 'Relabelled', disabled: true })).toBe('');
    });
    console.log(`${tried} changes, ${refused} refused`);
    expect(refused).toBeGreaterThan(tried / 10);
    expect(refused).toBeLessThan((tried * 9) / 10);
  });
});

function expectSame(said: string, expected: string, of: object): void {
  const begins = expected === '' ? said === '' : said.startsWith(expected);
  expect.soft(begins, `said "${said}", expected "${expected}" of ${JSON.stringify(of)}`).toBe(true);
}
