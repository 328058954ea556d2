/** The image's bundle: it runs outside of the project, as in a pod, and holds only what it should. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Bundle, buildBundle } from '../../../scripts/build.ts';
import { expectRevoked, fixtures, policyOf, readPair, ready, secretOf } from '../support/fixtures.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const { bed, cluster, end, ...bundled } = await fixtures('bundle');
afterAll(end);

let folder = '';
let bundle: Bundle;

beforeAll(async () => {
  // Outside the project: whatever isn't in the bundle can't be found.
  folder = join(bed.folder, 'bundle');
  bundle = await buildBundle(folder);
});

test('the bundle makes a key that works, and revokes it', async () => {
  const operator = await bundled.operator({ entry: join(folder, 'main.mjs') });
  const store = await bundled.store();
  const ref = await bundled.accessKey(await bundled.namespace(), store, { limited: true });
  const { status } = await ready(bed, ref);
  expect(await store.admin.probe(await readPair(bed, secretOf(ref)))).toMatchObject({ kind: 'works' });
  await bed.api.delete(ref);
  await bed.api.waitGone(ref);
  await expectRevoked(store, policyOf(cluster, ref), [status.accessKeyId ?? '']);
  expect(await operator.kill()).toEqual({ code: 0, signal: null });
  expect(operator.lines.filter(({ level }) => String(level) === 'error')).toEqual([]);
});

/** The files that are loaded when this one is. */
function loadedWith(name: string): string[] {
  const file = bundle.files.find((one) => one.name === name);
  return file === undefined ? [] : [name, ...file.imports.flatMap(loadedWith)];
}

test('the bundle keeps apart what reads kubeconfigs, and pods never load it', () => {
  expect(bundle.files.filter(({ dynamicImports }) => dynamicImports.length > 0)).not.toEqual([]);
  for (const entry of ['main.mjs', 'helm-test.mjs']) {
    const loaded = loadedWith(entry);
    expect(loaded).toContain(entry);
    expect(loaded).not.toContain('kubeconfig.mjs');
    for (const name of loaded)
      expect(readFileSync(join(folder, name), 'utf8')).not.toContain('class KubeConfig');
  }
  expect(readFileSync(join(folder, 'kubeconfig.mjs'), 'utf8')).toContain('class KubeConfig');
});

test("the bundle loads nothing of Node's own fetch, and has no character that doubles its size in memory", async () => {
  const list = join(folder, 'loaded.cjs');
  await writeFile(list, "process.on('exit', () => console.error(JSON.stringify(process.moduleLoadList)));");
  const { stderr } = await promisify(execFile)(process.execPath, [
    '--require',
    list,
    join(folder, 'main.mjs'),
    '--help',
  ]);
  const loaded: string[] = JSON.parse(stderr);
  expect(loaded).toContain('NativeModule http');
  expect(loaded.filter((name) => name.includes('deps/undici'))).toEqual([]);
  for (const { name } of bundle.files)
    expect(readFileSync(join(folder, name), 'utf8')).toMatch(/^[\0-\xff]*$/);
});

test('the bundle has no package for development, and the license of each that it has', () => {
  const { devDependencies }: { devDependencies: Record<string, string> } = JSON.parse(
    readFileSync(join(ROOT, 'package.json'), 'utf8'),
  );
  const names = bundle.packages.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(['@kubernetes/client-node', 'pino', 'undici']));
  expect(names.filter((name) => Object.hasOwn(devDependencies, name))).toEqual([]);
  expect(
    bundle.files
      .map(({ name }) => name)
      .filter((name) => !name.startsWith('shared-'))
      .sort(),
  ).toEqual(['helm-test.mjs', 'kubeconfig.mjs', 'main.mjs']);
  for (const { name } of bundle.files)
    expect(readFileSync(join(folder, name), 'utf8')).not.toContain('@biomejs/biome');
  const licenses = readFileSync(join(folder, 'THIRD-PARTY-LICENSES.txt'), 'utf8');
  for (const { name, version, license } of bundle.packages)
    expect(licenses).toContain(`${name} ${version} (${license})`);
});
