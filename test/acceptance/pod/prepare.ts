/** Everything that a node needs, before there is one. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { goFlags } from '../../bed/go-flags.ts';
import { cacheFolder } from '../../bed/go-modules.ts';
import { findPrograms, lookFor, OF_THE_TESTS } from '../../bed/programs.ts';
import type { Built } from './build-operator-image.ts';
import { MINIO_IMAGE, PAUSE_IMAGE } from './image.ts';
import { type Machine, missingPackages, objectionToInstall } from './needs.ts';
import { installPackages } from './packages.ts';
import { scratchImage } from './scratch-image.ts';
import { run } from './shell.ts';

const PROGRAMS = [
  ...([
    'etcd',
    'minio',
    'kube-apiserver',
    'kube-controller-manager',
    'kube-scheduler',
    'kube-proxy',
  ] as const),
  ...(['kubelet', 'kubectl', 'helm'] as const),
];
const POLL_MS = 2_000;

export interface Prepared {
  /** A folder with all programs. */
  readonly bin: string;
  readonly programs: Readonly<Record<(typeof PROGRAMS)[number], string>>;
  /** The archives of images. */
  readonly images: { readonly operator: string; readonly minio: string; readonly pause: string };
}

export interface PrepareOptions {
  readonly machine: Machine;
  readonly folder: string;
  /** The end of the other tests, if there are any: what these have to build goes first. */
  readonly others: Promise<unknown> | undefined;
  readonly say: (line: string) => void;
}

/**
 * Packages, images and programs; only what isn't there yet takes minutes.
 * @returns why this machine can't run it, in a sentence without its end; undefined if it can
 * @throws Error if the project is to blame: its Dockerfile can't be built
 */
export async function prepare({ machine, folder, others, say }: PrepareOptions): Promise<Prepared | string> {
  const packages = missingPackages(machine);
  if (packages.length > 0) {
    const objection = objectionToInstall(packages, machine);
    if (objection !== undefined) return objection;
    const failure = await installPackages(packages, say).catch((error: Error) => error.message);
    if (failure !== undefined) return `its packages could not be installed (${failure})`;
  }
  const built = await buildInNamespaces(join(dirname(cacheFolder(process.env)), 'pod'), folder);
  if ('unavailable' in built) return `the base of its image could not be put together (${built.unavailable})`;
  say(`the image has ${built.image.size}`);
  if (others !== undefined) await builtBy(others);
  const programs = await findPrograms(PROGRAMS, say);
  const bin = join(folder, 'bin');
  await mkdir(bin);
  for (const name of PROGRAMS) await symlink(programs[name], join(bin, name));
  const pause = join(folder, 'pause');
  const go = ['build', '-buildvcs=false', ...goFlags(), '-o', pause, '.'];
  await run('go', go, { cwd: join(import.meta.dirname, 'pause'), env: { CGO_ENABLED: '0', GOWORK: 'off' } });
  const images = {
    operator: built.image.archive,
    minio: await scratchImage(folder, { image: MINIO_IMAGE, program: programs.minio, user: '0:0' }),
    pause: await scratchImage(folder, { image: PAUSE_IMAGE, program: pause, user: '65535:65535' }),
  };
  return { bin, programs, images };
}

/** Until the programs of the other tests are there, or these have ended without. */
async function builtBy(others: Promise<unknown>): Promise<void> {
  let ended = false;
  void others.then(() => {
    ended = true;
  });
  while (!ended && OF_THE_TESTS.some((name) => lookFor(name, process.env) === undefined))
    await sleep(POLL_MS);
}

async function buildInNamespaces(cache: string, folder: string): Promise<Built> {
  const namespaces = [
    '--mount',
    '--pid',
    '--fork',
    '--kill-child=KILL',
    '--mount-proc',
    '--propagation',
    'private',
  ];
  const program = join(import.meta.dirname, 'build-operator-image.ts');
  const command = ['unshare', ...namespaces, process.execPath, program, cache, folder];
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', ...command], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const [code, signal] = await once(child, 'exit');
  if (code !== 0) throw new Error(`the image could not be built (${code ?? signal}), see above`);
  return JSON.parse(await readFile(join(folder, 'operator.json'), 'utf8'));
}
