/**
 * examples/gitops, through the tools that they are for as far as they are here: kustomize (in kubectl), helm,
 * server-side apply.
 */
import { execFile } from 'node:child_process';
import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual, promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { KubeObject, Ref } from '../../bed/api.ts';
import { findPrograms } from '../../bed/programs.ts';
import {
  credentialsData,
  fixtures,
  namespaceRef,
  readPair,
  ready,
  secretOf,
  secretRef,
  storeReady,
  until,
} from '../../integration/support/fixtures.ts';
import { helmOf } from '../chart/helm.ts';

const FOLDER = join(import.meta.dirname, '..', '..', '..', 'examples', 'gitops');
const { bed, operator, end } = await fixtures('gitops-examples');
const { kubectl } = await findPrograms(['kubectl'], console.log);

/** Returns kustomize's output for a folder, with the bed's MinIO instead of the example's. */
async function kustomized(path: string): Promise<KubeObject[]> {
  const { stdout } = await promisify(execFile)(kubectl, ['kustomize', join(FOLDER, path)]);
  return documents(
    stdout.replaceAll('https://minio.storage.svc:9000', `${bed.minio.endpoint}\n  allowInsecure: true`),
  );
}

function documents(text: string): KubeObject[] {
  return parseAllDocuments(text).flatMap((document) =>
    document.contents ? [document.toJS() as KubeObject] : [],
  );
}

const byKind = (objects: readonly KubeObject[], kind: string): Ref[] =>
  objects.filter((object) => object.kind === kind) as Ref[];

let platform: KubeObject[] = [];
let team: KubeObject[] = [];

beforeAll(async () => {
  await operator();
  platform = await kustomized('platform');
  team = await kustomized('teams/shop');
  const { rootUser: accessKeyId, rootPassword: secretAccessKey } = bed.minio;
  await bed.api.apply({ ...namespaceRef('storage') });
  await bed.api.apply({
    ...secretRef('storage', 'minio-admin'),
    stringData: credentialsData({ accessKeyId, secretAccessKey }),
  });
});

afterAll(async () => {
  for (const ref of byKind(team, 'AccessKey')) {
    await bed.api.delete(ref);
    await bed.api.waitGone(ref);
  }
  for (const ref of byKind(platform, 'ClusterObjectStore')) {
    await bed.api.delete(ref);
    await bed.api.waitGone(ref);
  }
  for (const name of ['team-shop', 'storage']) await bed.api.delete(namespaceRef(name));
  await end();
});

/** Applies as a GitOps tool does: each with its own field manager, namespaces first. */
async function applied(
  objects: readonly KubeObject[],
  fieldManager: string,
): Promise<(string | undefined)[]> {
  const sorted = objects.toSorted((a, b) => Number(b.kind === 'Namespace') - Number(a.kind === 'Namespace'));
  for (const object of sorted) await bed.api.apply(object as Ref & Record<string, unknown>, { fieldManager });
  const seen = await Promise.all(sorted.map((object) => bed.api.get(object as Ref)));
  return seen.map((object) => object?.metadata.resourceVersion);
}

test("the platform's stores and a team's keys come up, and what is applied again changes nothing", async () => {
  await applied(platform, 'kustomize-controller');
  const [store] = byKind(platform, 'ClusterObjectStore');
  const [key] = byKind(team, 'AccessKey');
  if (!store || !key) throw new Error('nothing to apply');
  await storeReady(bed, store);
  await applied(team, 'argocd-controller');
  const { status } = await ready(bed, key);
  expect(status.access).toBe('2 buckets: 1 read_write, 1 read_only');
  // The grant's maxAge: the pair is replaced, asked or not.
  expect(Date.parse(status.nextRotationAt ?? '')).toBeGreaterThan(Date.now());
  const pair = await readPair(bed, secretOf(key as Parameters<typeof secretOf>[0]));
  // Nothing that a GitOps tool tracks by is on the Secret, or it would be pruned.
  const secret = await bed.api.get(secretOf(key as Parameters<typeof secretOf>[0]));
  expect(Object.keys(secret?.metadata.labels ?? {}).sort()).toEqual([
    'accesskeys.dev/access-key',
    'app.kubernetes.io/managed-by',
  ]);

  // The operator may write a status between the two, so they are compared until it has said everything.
  for (const [objects, fieldManager] of [
    [team, 'argocd-controller'],
    [platform, 'kustomize-controller'],
  ] as const) {
    await until('the same after it is applied again', async () => {
      const before = await applied(objects, fieldManager);
      return isDeepStrictEqual(await applied(objects, fieldManager), before);
    });
  }
  expect((await readPair(bed, secretOf(key as Parameters<typeof secretOf>[0]))).accessKeyId).toBe(
    pair.accessKeyId,
  );
});

test('the team may write its keys, and neither stores nor statuses', async () => {
  await applied(platform, 'kustomize-controller');
  const may = async (verb: string, resource: string, subresource = '', namespace = 'team-shop') => {
    const review = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: {
        user: 'somebody',
        groups: ['team-shop'],
        resourceAttributes: { group: 'accesskeys.dev', verb, resource, subresource, namespace },
      },
    };
    const path = '/apis/authorization.k8s.io/v1/subjectaccessreviews';
    return (await bed.api.request<{ status: { allowed: boolean } }>('POST', path, review)).status.allowed;
  };
  for (const verb of ['create', 'patch', 'delete']) expect(await may(verb, 'accesskeys')).toBe(true);
  expect(await may('patch', 'accesskeys', 'status')).toBe(false);
  expect(await may('create', 'accesskeys', '', 'storage')).toBe(false);
  expect(await may('create', 'objectstores')).toBe(false);
  expect(await may('patch', 'clusterobjectstores', '', '')).toBe(false);
});

test('an overlay renames key, Secret and what uses it together', async () => {
  const objects = await kustomized('overlays/shop-staging');
  const [key] = byKind(objects, 'AccessKey');
  const [deployment] = objects.filter(({ kind }) => kind === 'Deployment');
  expect(key?.metadata).toMatchObject({ name: 'catalog-staging', namespace: 'team-shop-staging' });
  expect(JSON.stringify(deployment?.spec)).toContain('"secretRef":{"name":"catalog-staging"}');
  expect(deployment?.metadata.annotations).toEqual({
    'secret.reloader.stakater.com/reload': 'catalog-staging',
  });
  expect((key as unknown as KubeObject).spec?.['bucketAccess']).toEqual([
    { bucketName: 'shop-staging-catalog', permissions: 'read_write' },
  ]);
  // The API server takes it.
  const { metadata, ...rest } = key as unknown as KubeObject;
  await bed.api.request(
    'POST',
    '/apis/accesskeys.dev/v1alpha1/namespaces/default/accesskeys?dryRun=All&fieldValidation=Strict',
    {
      ...rest,
      metadata: { name: metadata.name },
    },
  );
});

test("a platform's chart brings the operator as a dependency", async () => {
  const helm = await helmOf(bed);
  const chart = join(bed.folder, 'examples', 'gitops', 'chart-dependency');
  await cp(join(FOLDER, 'chart-dependency'), chart, { recursive: true });
  await cp(join(FOLDER, '..', '..', 'charts'), join(bed.folder, 'charts'), { recursive: true });
  await helm.run('dependency', 'update', chart);
  const objects = documents(
    await helm.run('template', 'storage', chart, '--namespace', 'storage', '--kube-version', '1.37.0'),
  );
  expect(byKind(objects, 'Deployment')).toHaveLength(1);
  expect(byKind(objects, 'ClusterObjectStore').map(({ metadata }) => metadata.name)).toEqual(['archive']);
});

describe("the tools' own objects", () => {
  test('name folders that there are', async () => {
    for (const file of ['argocd.yaml', 'flux.yaml']) {
      const text = await readFile(join(FOLDER, file), 'utf8');
      const paths = [...text.matchAll(/path: (?:\.\/)?(examples\/\S+)/g)].map(([, path = '']) => path);
      expect(paths.length).toBeGreaterThan(1);
      for (const path of paths) await readFile(join(FOLDER, '..', '..', path, 'kustomization.yaml'));
    }
  });

  test('wait for keys as docs/gitops.md says', async () => {
    const text = await readFile(join(FOLDER, 'flux.yaml'), 'utf8');
    const docs = await readFile(join(FOLDER, '..', '..', 'docs', 'gitops.md'), 'utf8');
    const flux = documents(text).find(
      ({ metadata, kind }) => kind === 'Kustomization' && metadata.name === 'team-shop',
    );
    const [, documented = ''] = /```yaml healthCheckExprs\n(.*?)```/s.exec(docs) ?? [];
    const [shown] = documents(documented);
    expect(flux?.spec?.['healthCheckExprs']).toEqual(shown?.spec?.['healthCheckExprs']);
  });
});
