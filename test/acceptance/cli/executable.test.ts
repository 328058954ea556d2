/** The plugin as one executable file, which kubectl runs without Node. */
import { execFile } from 'node:child_process';
import { mkdir, readdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PLUGIN } from '../../../scripts/build-cli.ts';
import { buildExecutable } from '../../../scripts/executable.ts';
import { OPERATOR_VERSION } from '../../../src/version.ts';
import { findPrograms } from '../../bed/programs.ts';
import { accessKeyRef, fixtures } from '../../integration/support/fixtures.ts';
import { servePage } from '../ui/served-page.ts';
import { pluginBundle } from './plugin-bundle.ts';

const { bed, namespace, end } = await fixtures('cli-executable');
const folder = join(bed.folder, `executable-${process.pid}`);
const bin = join(folder, 'bin');
let ns = '';

beforeAll(async () => {
  ns = await namespace();
  const { kubectl } = await findPrograms(['kubectl'], console.log);
  await mkdir(bin, { recursive: true });
  const { path } = await pluginBundle(folder);
  await symlink(kubectl, join(bin, 'kubectl'));
  buildExecutable({ bundle: path, output: join(bin, PLUGIN), node: process.execPath, folder });
}, 300_000);
afterAll(async () => {
  await end();
  // It is as large as Node.
  await rm(folder, { recursive: true, force: true });
});

/** Nothing but kubectl and the plugin is on the PATH. */
const env = { PATH: bin, HOME: folder, KUBECONFIG: bed.adminKubeconfig };
const kubectl = async (...args: string[]) =>
  (await promisify(execFile)(join(bin, 'kubectl'), ['accesskey', ...args], { env })).stdout;

test('the executable says its version, makes a key and lists it', async () => {
  expect(await readdir(bin)).toEqual(['kubectl', PLUGIN]);
  expect(await kubectl('--version')).toBe(`${OPERATOR_VERSION}\n`);
  expect(await kubectl('create', 'made', '-n', ns, '--no-buckets')).toBe('accesskey/made created\n');
  expect(await kubectl('list', '-n', ns)).toMatch(/^made /m);
  await bed.api.delete(accessKeyRef(ns, 'made'));
});

test('the executable contains the page', async () => {
  const served = await servePage(bin, env);
  const script = await (await fetch(`${served.origin}/page.js`)).text();
  expect(script.length).toBeGreaterThan(10_000);
  expect((await fetch(served.origin)).headers.get('content-type')).toContain('text/html');
  expect(await served.end()).toBe(0);
});

test('the executable ignores options of Node in the environment', async () => {
  const { stdout } = await promisify(execFile)(join(bin, PLUGIN), ['--version'], {
    env: { ...env, NODE_OPTIONS: '--no-such-option' },
  }).catch((error: { stdout?: string; stderr?: string }) => ({ stdout: `${error.stdout}${error.stderr}` }));
  expect(stdout).toBe(`${OPERATOR_VERSION}\n`);
});
