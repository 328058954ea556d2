/**
 * The blocks of README.md and docs/, page by page and each from top to bottom, on a bed of their own with an operator.
 * bash runs scripts, kubectl applies manifests, and every AccessKey and store must become Ready.
 * test/acceptance/docs/blocks.ts says which block isn't run, and why.
 */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { PLUGIN } from '../../../scripts/build-cli.ts';
import { API_VERSION } from '../../../src/api/names.ts';
import { createMinioStore, type MinioStore } from '../../../src/provider/minio/admin.ts';
import type { KubeObject } from '../../bed/api.ts';
import { type Bed, startBed } from '../../bed/bed.ts';
import { type Operator, startOperator } from '../../bed/operator.ts';
import { findPrograms } from '../../bed/programs.ts';
import {
  accessKeyRef,
  namespaceRef,
  ready,
  s3Client,
  secretRef,
  storeReady,
  storeRef,
} from '../../integration/support/fixtures.ts';
import { debianTool, mcTool, runTool } from '../../integration/support/tools.ts';
import { pluginBundle } from '../cli/plugin-bundle.ts';
import { type Block, blocksOf, PAGES, ROOT } from './blocks.ts';

const ENDPOINT = 'https://minio.storage.svc:9000';
const STEP_MS = 120_000;
/** The objects that a former cluster has left in the store: how-to/restore.md removes them. */
const LEFT = {
  accessKeyId: 'AKOLEFTLEFTLEFTLEFT2',
  policy: 'accesskeys.00000000-0000-0000-0000-000000000000.shop.left.abcdefghijklmnopqrstuvwxyz',
};
let bed: Bed;
let operator: Operator;
/** The folder in which scripts run: a clone, as far as they read it. */
let clone = '';
let env: Readonly<Record<string, string>> = {};
let mcMissing: string | undefined;
let admin: MinioStore;

beforeAll(async () => {
  bed = await startBed();
  clone = join(bed.folder, 'clone');
  const bin = join(bed.folder, 'bin');
  await Promise.all([clone, bin].map((folder) => mkdir(folder)));
  for (const name of ['charts', 'crds']) await symlink(join(ROOT, name), join(clone, name));
  await cp(join(ROOT, 'examples'), join(clone, 'examples'), { recursive: true });
  for (const name of await readdir(join(clone, 'examples'))) {
    if (!name.endsWith('.yaml')) continue;
    const path = join(clone, 'examples', name);
    await writeFile(path, ofBed(await readFile(path, 'utf8')));
  }
  const { kubectl, helm } = await findPrograms(['kubectl', 'helm'], console.log);
  await symlink(kubectl, join(bin, 'kubectl'));
  // No kubelet is here to wait for, and the bed has brought CRDs and roles itself: helm asks the API server, and does
  // nothing.
  const shim = `#!/bin/bash\nexec ${helm} "\${@/#--wait/--dry-run=server}" --take-ownership\n`;
  await writeFile(join(bin, 'helm'), shim);
  await chmod(join(bin, 'helm'), 0o755);
  const plugin = await pluginBundle(bed.folder);
  await symlink(plugin.path, join(bin, PLUGIN));
  const mc = await mcTool();
  if ('missing' in mc) mcMissing = mc.missing;
  else await symlink(mc.command[0], join(bin, 'mc'));
  const { rootUser, rootPassword, endpoint } = bed.minio;
  env = {
    PATH: `${bin}:${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`,
    HOME: bed.folder,
    ...plugin.env,
    KUBECONFIG: bed.adminKubeconfig,
    MINIO_ROOT_USER: rootUser,
    MINIO_ROOT_PASSWORD: rootPassword,
    MC_HOST_store: endpoint.replace('://', `://${rootUser}:${rootPassword}@`),
  };
  const root = { accessKeyId: rootUser, secretAccessKey: rootPassword };
  admin = createMinioStore({ endpoint, credentials: root });
  await admin.putPolicy(LEFT.policy, {
    ID: 'accesskeys.dev/v1 left left - left',
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: ['s3:ListAllMyBuckets'], Resource: ['arn:aws:s3:::*'] }],
  });
  await admin.putUser({ accessKeyId: LEFT.accessKeyId, secretAccessKey: randomBytes(20).toString('hex') });
  await admin.setUserPolicies(LEFT.accessKeyId, [LEFT.policy]);
  const s3 = s3Client(bed.minio, root);
  for (const bucket of ['photos', 'photos-mirror', 'logs']) await s3.makeBucket(bucket);
  await s3.putObject('photos', 'one', 'the first photo');
  await bed.api.applyFile(join(ROOT, 'charts/access-key-operator/files/validatingadmissionpolicy.yaml'));
  operator = await startOperator({ bed, kubeconfig: await bed.kubeconfig() });
  await operator.ready;
}, 600_000);
afterAll(async () => {
  await admin?.close();
  await bed?.stop();
});

/** A text as it is for the bed's store, which has another endpoint and no certificate. */
function ofBed(text: string): string {
  return text
    .replaceAll(
      new RegExp(`^( *)endpoint: ${ENDPOINT}$`, 'gm'),
      `$1endpoint: ${bed.minio.endpoint}\n$1allowInsecure: true`,
    )
    .replaceAll(ENDPOINT, bed.minio.endpoint);
}

/** Runs a script as a person would who stands in a clone. @returns what it printed @throws Error with what it said */
async function bash(script: string, input = ''): Promise<string> {
  const options = { env, cwd: clone, timeout: STEP_MS, maxBuffer: 16 * 1024 * 1024 };
  const running = promisify(execFile)('bash', ['--norc', '-euo', 'pipefail', '-c', script], options);
  running.child.stdin?.end(input);
  try {
    return (await running).stdout;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    const said = `${stdout}${stderr}`.replaceAll(bed.minio.rootPassword, '***');
    throw new Error(`failed:\n${script}\n${said.slice(-3_000)}`);
  }
}

/** Makes what a page may find. The README makes it itself. */
async function start(): Promise<void> {
  const { rootUser, rootPassword } = bed.minio;
  const stringData = { AWS_ACCESS_KEY_ID: rootUser, AWS_SECRET_ACCESS_KEY: rootPassword };
  await bed.api.apply({ ...namespaceRef('storage') });
  await bed.api.apply({ ...secretRef('storage', 'minio-admin'), stringData });
  await bash('kubectl apply -f examples/store.yaml -f examples/limited.yaml');
  await storeReady(bed, storeRef('default'));
  await ready(bed, accessKeyRef('shop', 'photo-uploader'));
  // A pair of the same second as `rotate-at` isn't older than it.
  await sleep(1_000);
}

/** Applies manifests as a person would; their namespaces are made first. */
async function apply(text: string, tries: number): Promise<readonly KubeObject[]> {
  const objects = parseAllDocuments(text).map((document) => document.toJS() as KubeObject);
  for (const namespace of new Set(objects.map(({ metadata }) => metadata.namespace)))
    if (namespace !== undefined) await bed.api.apply({ ...namespaceRef(namespace) });
  // A change of a store's grants is known to the admission policy within a second or so.
  for (let left = tries - 1; ; left -= 1) {
    try {
      await bash('kubectl apply -f -', ofBed(text));
      return objects;
    } catch (error) {
      if (left === 0 || !String(error).includes('ValidatingAdmissionPolicy')) throw error;
      await sleep(1_000);
    }
  }
}

async function run({ language, text, fate }: Block): Promise<void> {
  if (language === 'sh') await bash(text);
  if (language === 'console') await show(text);
  if (language !== 'yaml') return;
  for (const object of await apply(text, fate.kind === 'fails' ? 1 : 5)) {
    if (object.apiVersion !== API_VERSION) continue;
    await (object.kind === 'AccessKey' ? ready(bed, object) : storeReady(bed, object));
  }
}

/** Runs the commands of a `console` block; the first line that each prints has to have the words that are shown. */
async function show(text: string): Promise<void> {
  const lines = text.split('\n');
  for (const [at, line] of lines.entries()) {
    if (!line.startsWith('$ ')) continue;
    const words = (shown = '') => shown.trim().split(/\s{2,}/);
    expect(words((await bash(line.slice(2))).split('\n')[0])).toEqual(words(lines[at + 1]));
  }
}

/** Removes what a page has made. */
async function cleanUp(): Promise<void> {
  const { api } = bed;
  const keys = await api.list({ apiVersion: API_VERSION, kind: 'AccessKey' });
  await Promise.all(
    keys.map(async (key) => {
      if (key.spec?.['deletionPolicy'] === 'Retain')
        await api.patch(key, { spec: { deletionPolicy: 'Delete' } });
      await api.delete(key);
      await api.waitGone(key, { timeoutMs: STEP_MS });
    }),
  );
  const labelSelector = 'app.kubernetes.io/managed-by=access-key-operator';
  const left = [
    ...(await api.list({ apiVersion: 'v1', kind: 'Secret', labelSelector })),
    ...(await api.list({ apiVersion: API_VERSION, kind: 'ClusterObjectStore' })),
  ];
  for (const object of left) await api.delete(object);
  for (const object of left) await api.waitGone(object, { timeoutMs: STEP_MS });
}

const runnable = ({ language, fate }: Block) =>
  language !== 'text' && language !== 'json' && (fate.kind === 'run' || fate.kind === 'fails');

describe.each(PAGES.filter((page) => blocksOf(page).some(runnable)))('%s', (page) => {
  beforeAll(async () => {
    if (page !== 'README.md') await start();
  });
  afterAll(cleanUp);

  const blocks = blocksOf(page).filter(runnable);
  // The README shows a key before it says how to make a store.
  blocks.sort((a, b) => Number(a.section === '') - Number(b.section === ''));

  test.each(blocks.map((block) => [`${block.language} at line ${block.line}`, block] as const))(
    '%s',
    { timeout: STEP_MS + 30_000 },
    async (_, block) => {
      if (mcMissing !== undefined && /\bmc /.test(block.text)) {
        console.log(`skipped: ${page}:${block.line}: ${mcMissing}`);
        return;
      }
      if (block.fate.kind === 'fails') await expect(run(block)).rejects.toThrow(block.fate.words);
      else await run(block);
    },
  );
});

test('docs/how-to/restore.md: what a cluster that is gone has left in the store is removed', async (context) => {
  if (mcMissing !== undefined) return context.skip(mcMissing);
  expect(await admin.getUser(LEFT.accessKeyId)).toBeUndefined();
  expect(await admin.getPolicy(LEFT.policy)).toBeUndefined();
});

describe('docs/how-to/tools.md, with the tools', () => {
  beforeAll(start);
  afterAll(cleanUp);

  /** Makes the key of a section; gives its Secret as text. */
  async function secretOfSection(section: string): Promise<Readonly<Record<string, string>>> {
    const [block] = blocksOf('docs/how-to/tools.md').filter((some) => some.section === section);
    if (block?.language !== 'yaml') throw new Error(`section ${section} begins with its AccessKey`);
    await run(block);
    const { namespace = '', name } = parse(block.text).metadata as KubeObject['metadata'];
    const { data = {} } = (await bed.api.get(secretRef(namespace, name))) ?? {};
    return Object.fromEntries(
      Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]),
    );
  }

  const sections = [...new Set(blocksOf('docs/how-to/tools.md').map(({ section }) => section))];
  test.each(sections)("%s: the tool's piece names keys that the Secret has", async (section) => {
    const data = await secretOfSection(section);
    const [own, ...others] = blocksOf('docs/how-to/tools.md').filter((block) => block.section === section);
    const { name } = parse(own?.text ?? '').metadata;
    const named = others.flatMap((block) => keysNamed(block, name));
    expect(named.length).toBeGreaterThan(0);
    for (const key of named) expect(Object.keys(data)).toContain(key);
  });

  test('restic makes a repository, backs up and restores', { timeout: 300_000 }, async (context) => {
    const restic = await debianTool('restic');
    if ('missing' in restic) return context.skip(restic.missing);
    const data = await secretOfSection('restic');
    const options = {
      home: clone,
      env: { ...data, RESTIC_PASSWORD: 'of the repository' },
      secret: data['AWS_SECRET_ACCESS_KEY'] ?? '',
    };
    await writeFile(join(clone, 'precious'), 'precious');
    await runTool(restic, ['init'], options);
    await runTool(restic, ['backup', 'precious'], options);
    expect(await runTool(restic, ['dump', 'latest', '/precious'], options)).toBe('precious');
  });

  test('rclone mirrors, and cannot write what it only reads', { timeout: 300_000 }, async (context) => {
    const rclone = await debianTool('rclone');
    if ('missing' in rclone) return context.skip(rclone.missing);
    const data = await secretOfSection('rclone');
    const config = join(clone, 'rclone.conf');
    await writeFile(config, data['rclone.conf'] ?? '', { mode: 0o600 });
    const options = {
      home: clone,
      env: { RCLONE_CONFIG: config },
      secret: data['AWS_SECRET_ACCESS_KEY'] ?? '',
    };
    await runTool(rclone, ['sync', 's3:photos', 's3:photos-mirror'], options);
    expect(await runTool(rclone, ['cat', 's3:photos-mirror/one'], options)).toBe('the first photo');
    const back = runTool(rclone, ['--retries=1', 'copyto', 's3:photos-mirror/one', 's3:photos/two'], options);
    await expect(back).rejects.toThrow('AccessDenied');
  });
});

/** The keys of a Secret of that name that a tool's piece takes, one by one or, with `envFrom`, as variables. */
function keysNamed({ language, text }: Block, name: string): string[] {
  if (language === 'sh')
    return [...text.matchAll(new RegExp(`=${name}:(\\S+)`, 'g'))].map(([, key = '']) => key);
  const found: string[] = [];
  const look = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    const some = value as Readonly<Record<string, unknown>>;
    if (some['name'] === name && typeof some['key'] === 'string') found.push(some['key']);
    if (some['secretName'] === name && Array.isArray(some['items']))
      found.push(...some['items'].map(({ key }) => key));
    for (const inner of Object.values(some)) look(inner);
  };
  for (const document of parseAllDocuments(text)) look(document.toJS());
  if (/secretRef/.test(text))
    found.push(...[...text.matchAll(/\$\{([A-Z0-9_]+)\}/g)].map(([, key = '']) => key));
  if (text.includes(`secretRef: {name: ${name}}`)) found.push('AWS_ACCESS_KEY_ID');
  return found;
}
