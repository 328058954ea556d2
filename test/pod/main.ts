/**
 * `npm run test:pod`: the image from the Dockerfile, installed by the chart, in pods of a real kubelet. Needs root on
 * Linux and some of Debian's packages; says "skipped" and why where it can't run.
 */
import { randomBytes } from 'node:crypto';
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { cacheFolder } from '../bed/go-modules.ts';
import { findPrograms } from '../bed/programs.ts';
import { clusterOf } from './cluster.ts';
import { buildImages } from './images.ts';
import { lacking } from './needs.ts';
import { run } from './shell.ts';
import { podSteps } from './steps.ts';

const NODE = join(import.meta.dirname, 'node.sh');
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
const say = (line: string) => console.log(`pod: ${line}`);

async function main(): Promise<number> {
  const objection = lacking();
  if (objection !== undefined) {
    say(`skipped: ${objection}`);
    return 0;
  }
  const programs = await findPrograms(PROGRAMS, say);
  const folder = await mkdtemp(join(tmpdir(), 'accesskeys-pod-'));
  const place = join(folder, 'node');
  const root = { user: 'root', password: randomBytes(20).toString('hex') };
  const env = { MINIO_ROOT_USER: root.user, MINIO_ROOT_PASSWORD: root.password };
  const down = () => run(NODE, ['down', place]).catch((error: Error) => say(error.message));
  const end = async () => {
    await down();
    await run('umount', ['-R', join(folder, 'buildah')]).catch(() => {});
    await rm(folder, { recursive: true, force: true });
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void end().finally(() => process.exit(130)));
  try {
    const images = await buildImages(join(dirname(cacheFolder(process.env)), 'pod'), folder, say);
    say(`the image has ${images.size}`);
    const bin = join(folder, 'bin');
    await mkdir(bin);
    for (const name of PROGRAMS) await cp(programs[name], join(bin, name));
    say('a node: control plane, containerd, kubelet');
    await down();
    const kubeconfig = join(place, 'admin.kubeconfig');
    await run(NODE, ['up', place, bin, images.pause], {
      env: { ...env, KUBECONFIG: kubeconfig, PATH: `${bin}:${process.env['PATH'] ?? ''}` },
    });
    await run(NODE, ['load', place, images.operator]);
    const failed = await podSteps(clusterOf(programs, kubeconfig, folder), {
      version: images.version,
      root,
      kill: (container) => run(NODE, ['kill', place, container]),
    });
    return failed === 0 ? 0 : 1;
  } finally {
    await end();
  }
}

process.exitCode = await main();
