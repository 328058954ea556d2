/** The verdicts of GitOps tools on objects, by their own libraries: builds and runs the Go program beside this file. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, mkdir, readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { goObjection } from '../../bed/build.ts';
import { goFlags } from '../../bed/go-flags.ts';
import { cacheFolder } from '../../bed/go-modules.ts';
import { lock } from '../../bed/lock.ts';

const FOLDER = import.meta.dirname;
const ROOT = join(FOLDER, '..', '..', '..');
const HEALTH = join(ROOT, 'charts', 'access-key-operator', 'files');
const GO_ENV = { ...process.env, CGO_ENABLED: '0', GOTOOLCHAIN: 'local', GOWORK: 'off' };
const run = promisify(execFile);

/** The tools' verdicts on one object. */
export interface Verdict {
  readonly kstatus: string;
  readonly argo: { readonly status: string; readonly message: string };
  readonly flux: string;
}

/** Returns why this machine can't build the program, in one sentence; undefined if it can. */
export async function verdictsObjection(): Promise<string | undefined> {
  const version = await run('go', ['version'], { env: GO_ENV }).catch(() => undefined);
  if (goObjection(version?.stdout) === undefined) return undefined;
  return "kstatus and the engines of Argo CD and Flux are built with Go 1.26 or later, which isn't here";
}

/**
 * Judges objects, as the API server gives them, by the chart's health checks and the expressions of docs/gitops.md.
 * @returns a verdict for each, in their order
 */
export async function verdicts(objects: readonly object[]): Promise<Verdict[]> {
  const [accessKey, store] = await Promise.all(
    ['argocd-health.lua', 'argocd-health-store.lua'].map((name) => readFile(join(HEALTH, name), 'utf8')),
  );
  const health = { AccessKey: accessKey, ClusterObjectStore: store, ObjectStore: store };
  const request = { health, expressions: await fluxExpressions(), objects };
  const running = run(await program(), { maxBuffer: 16 * 1024 * 1024, timeout: 60_000 });
  running.child.stdin?.end(JSON.stringify(request));
  return JSON.parse((await running).stdout);
}

/** Returns the block of docs/gitops.md with that word after its language. @throws Error if there is none */
export async function documented(name: string): Promise<string> {
  const page = await readFile(join(ROOT, 'docs', 'gitops.md'), 'utf8');
  const block = new RegExp(`^\`\`\`\\w+ ${name}\\n(.*?)^\`\`\`$`, 'ms').exec(page)?.[1];
  if (block === undefined) throw new Error(`docs/gitops.md has no block ${name}`);
  return block;
}

interface Kustomization {
  readonly spec: { readonly healthCheckExprs: readonly { readonly kind: string }[] };
}

async function fluxExpressions(): Promise<Record<string, object>> {
  const { spec }: Kustomization = parse(await documented('healthCheckExprs'));
  return Object.fromEntries(spec.healthCheckExprs.map((entry) => [entry.kind, entry]));
}

/** The program's path; it is built into the bed's cache, by what it is made of. */
async function program(): Promise<string> {
  const sources = (await readdir(FOLDER)).filter((name) => /\.(go|mod|sum)$/.test(name)).sort();
  const hash = createHash('sha256');
  for (const name of sources) hash.update(name).update(await readFile(join(FOLDER, name)));
  const cache = cacheFolder(process.env);
  const target = `${process.platform}-${process.arch}-${hash.digest('hex').slice(0, 12)}`;
  const path = join(cache, `verdicts-${target}`);
  await mkdir(cache, { recursive: true });
  const held = await lock(join(cache, 'verdicts.lock'));
  try {
    if (await isThere(path)) return path;
    const unfinished = `${path}.building`;
    const args = ['build', '-mod=readonly', ...goFlags(), '-o', unfinished, '.'];
    await run('go', args, { cwd: FOLDER, env: GO_ENV });
    await rename(unfinished, path);
    return path;
  } finally {
    held.release();
  }
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
