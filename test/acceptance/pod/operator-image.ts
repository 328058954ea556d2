/** The operator's image: nothing is pulled, so what the Dockerfile begins with is put together here. */
import { existsSync } from 'node:fs';
import { copyFile, cp, mkdir, realpath, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { IMAGE } from './image.ts';
import { run } from './shell.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';
const DEBIAN_PATIENCE_MS = 900_000;

export interface OperatorImage {
  /** As containerd takes it. */
  readonly archive: string;
  /** Such as 159 MB. */
  readonly size: string;
}

/** The stand-in for the base couldn't be had, which says nothing about this project. */
export class NoBase extends Error {}

/**
 * Builds the image from the Dockerfile, on a stand-in for the official
 * image of Node: Debian's essential packages and the Node of the project's lockfile, which takes minutes once.
 * @param cache keeps the stand-in and buildah's layers
 * @param folder gets the archives
 * @param say gets lines on the progress
 */
export async function buildOperatorImage(
  cache: string,
  folder: string,
  say: (line: string) => void,
): Promise<OperatorImage> {
  const buildah = (...args: readonly string[]) =>
    run('buildah', [
      '--root',
      join(cache, 'images'),
      '--runroot',
      join(folder, 'buildah'),
      '--storage-driver',
      'overlay',
      ...args,
    ]);
  // What a build that was cut off has left.
  await buildah('rm', '--all');
  await buildah('rmi', '--prune');
  const { Dockerfile, base } = await baseOf();
  if (!(await buildah('images', '--format', '{{.Name}}:{{.Tag}}')).includes(base)) {
    say(`a stand-in for the image ${base}, from Debian's packages and the project's Node`);
    await makeBase(cache, folder, base, buildah);
  }
  say('the image, from the Dockerfile');
  const npmrc = join(folder, 'npmrc');
  const registry = (await run('npm', ['config', 'get', 'registry'], { cwd: ROOT })).trim();
  await writeFile(npmrc, `cafile=${CERTIFICATES}\nregistry=${registry}\n`);
  const image = `${IMAGE.repository}:${IMAGE.tag}`;
  const mounts = [`${CERTIFICATES}:${CERTIFICATES}:ro`, `${npmrc}:/usr/local/etc/npmrc:ro`].flatMap((one) => [
    '-v',
    one,
  ]);
  const build = [
    'bud',
    '--isolation',
    'oci',
    '--runtime',
    'runc',
    '--network',
    'host',
    '--pull-never',
    ...mounts,
  ];
  await buildah(...build, '-f', Dockerfile, '--build-arg', `VERSION=${IMAGE.tag}`, '-t', image, ROOT);
  const operator = join(folder, 'operator.tar');
  await buildah('push', '-q', '--disable-compression', image, `docker-archive:${operator}:${image}`);
  const size = (await buildah('images', '--format', '{{.Size}}', image)).trim();
  await buildah('rmi', image);

  return { archive: operator, size };

  /** Returns the base image of the Dockerfile. */
  async function baseOf(): Promise<{ Dockerfile: string; base: string }> {
    const path = join(ROOT, 'Dockerfile');
    const text = await run('cat', [path]);
    const name = /^ARG NODE_IMAGE=(\S+)$/m.exec(text)?.[1];
    if (name === undefined) throw new Error('the Dockerfile names no NODE_IMAGE');
    return { Dockerfile: path, base: `docker.io/library/${name}` };
  }
}

async function makeBase(
  cache: string,
  folder: string,
  base: string,
  buildah: (...args: readonly string[]) => Promise<string>,
): Promise<void> {
  const archive = join(cache, 'debian.tar');
  if (!existsSync(archive)) {
    // What the official image has beside Debian's essential packages, as far as Node and npm need it.
    const include = 'ca-certificates,libstdc++6,libgcc-s1,libatomic1';
    const unfinished = join(cache, 'unfinished.tar');
    await rm(unfinished, { force: true });
    const args = ['--quiet', '--mode=root', '--variant=essential', `--include=${include}`];
    const options = { env: { TMPDIR: folder }, timeoutMs: DEBIAN_PATIENCE_MS };
    await run('mmdebstrap', [...args, 'bookworm', unfinished], options).catch((error: Error) => {
      throw new NoBase(error.message);
    });
    await rename(unfinished, archive);
  }
  const container = (await buildah('from', 'scratch')).trim();
  const place = (await buildah('mount', container)).trim();
  const local = join(place, 'usr', 'local');
  await run('tar', ['-xf', archive, '-C', place, '--exclude=./dev/*']);
  await mkdir(join(local, 'lib', 'node_modules'), { recursive: true });
  await copyFile(process.execPath, join(local, 'bin', 'node'));
  const npm = dirname(dirname(await realpath((await run('sh', ['-c', 'command -v npm'])).trim())));
  await cp(npm, join(local, 'lib', 'node_modules', 'npm'), { recursive: true, dereference: true });
  await symlink('../lib/node_modules/npm/bin/npm-cli.js', join(local, 'bin', 'npm'));
  await buildah('config', '--env', 'PATH=/usr/local/bin:/usr/bin:/bin', '--cmd', 'node', container);
  await buildah('umount', container);
  await buildah('commit', '-q', '--rm', container, base);
}
