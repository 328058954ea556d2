/**
 * The right to create AccessKeys, but no Secrets, forges no release of Helm: the real helm sees only what it installed.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import { fixtures, ready } from '../../integration/support/fixtures.ts';
import { helmOf } from './helm.ts';

const forged = await fixtures('forged-release');
const { bed } = forged;
const helm = await helmOf(bed);
afterAll(forged.end);

const MANIFEST = `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: forged-release}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects: [{kind: User, name: tenant, apiGroup: rbac.authorization.k8s.io}]
`;

/** A release as Helm's storage has it: JSON, in gzip, in base64. */
function releaseOf(namespace: string): string {
  const time = '2026-11-23T12:00:00Z';
  const release = {
    ...{ name: 'web', namespace, version: 2, manifest: MANIFEST, config: {}, hooks: [] },
    info: {
      first_deployed: time,
      last_deployed: time,
      status: 'superseded',
      description: 'Upgrade complete',
    },
    chart: { metadata: { name: 'web', version: '1.0.0', apiVersion: 'v2' }, templates: [], values: {} },
  };
  return gzipSync(JSON.stringify(release)).toString('base64');
}

async function revisions(namespace: string): Promise<number[]> {
  const history = await helm.run('history', 'web', '--namespace', namespace, '--output', 'json');
  return (JSON.parse(history) as { revision: number }[]).map(({ revision }) => revision);
}

test('a tenant’s AccessKey adds no revision to a release', async () => {
  const store = await forged.store({ grants: [{ namespaces: { all: true }, buckets: ['*'] }] });
  const namespace = await forged.namespace();
  await forged.operator();
  const chart = join(bed.folder, 'web');
  await mkdir(join(chart, 'templates'), { recursive: true });
  await writeFile(join(chart, 'Chart.yaml'), 'apiVersion: v2\nname: web\nversion: 1.0.0\n');
  const configMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'web' } };
  await writeFile(join(chart, 'templates', 'web.yaml'), JSON.stringify(configMap));
  await helm.run('install', 'web', chart, '--namespace', namespace);
  expect(await revisions(namespace)).toEqual([1]);

  const secretTemplate = {
    labels: { owner: 'helm', name: 'web', status: 'superseded', version: '2' },
    data: { release: releaseOf(namespace) },
  };
  const name = 'sh.helm.release.v1.web';
  const tries = [
    forged.accessKey(namespace, store, { limited: true, secretName: `${name}.v2`, secretTemplate }),
    forged.accessKey(namespace, store, { limited: true, secretTemplate }, `${name}.v3`),
    forged.accessKey(namespace, store, { limited: true, secretName: 'web', secretTemplate }),
  ];
  for (const one of await Promise.allSettled(tries)) {
    // If the API server accepts it, wait for what the operator makes of it.
    if (one.status === 'fulfilled') await ready(bed, one.value);
  }
  expect(await revisions(namespace)).toEqual([1]);
});
