/** A node in namespaces of its own, from the outside (node.sh). */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Cluster, clusterOf } from './cluster.ts';
import { NODE_SCRIPT } from './folder.ts';
import type { Prepared } from './prepare.ts';
import { run } from './shell.ts';

/**
 * Starts the node, with the images on it, and waits until it takes pods. It ends with this process.
 * @throws Error with the logs if it ends before that
 */
export async function startNode(folder: string, { bin, programs, images }: Prepared): Promise<Cluster> {
  const log = openSync(join(folder, 'node.log'), 'a');
  const command = ['bash', NODE_SCRIPT, 'run', folder, bin, images.pause];
  const node = spawn('setpriv', ['--pdeathsig', 'KILL', ...command], {
    stdio: ['ignore', log, log],
  });
  let ended = false;
  node.on('exit', () => {
    ended = true;
  });
  await once(node, 'spawn');
  const inside = (...args: readonly string[]) => run('bash', [NODE_SCRIPT, 'in', folder, ...args]);
  const until = async (ask: () => Promise<unknown>) => {
    while (
      !(await ask().then(
        () => true,
        () => false,
      ))
    ) {
      if (ended) throw new Error(`the node has ended:\n${await logs(folder)}`);
      await sleep(300);
    }
  };
  await until(() => inside('ctr', 'version'));
  const cluster = clusterOf({
    programs,
    before: ['nsenter', '-t', (await readFile(join(folder, 'init.pid'), 'utf8')).trim(), '--net'],
    kubeconfig: join(folder, 'admin.kubeconfig'),
    home: folder,
    kill: (_, id) => inside('ctr', '-n', 'k8s.io', 'task', 'kill', '--signal', 'SIGKILL', id),
  });
  const load = (archive: string) => inside('ctr', '-n', 'k8s.io', 'images', 'import', archive);
  await Promise.all([
    load(images.operator).then(() => load(images.minio)),
    until(() => cluster.kubectl('wait', '--for=condition=Ready', 'node', '--all', '--timeout=10s')),
    until(() => cluster.kubectl('get', 'serviceaccount', 'default')),
  ]);
  return cluster;
}

/** The ends of the logs of the node's programs. */
async function logs(folder: string): Promise<string> {
  const names = await readdir(join(folder, 'logs')).catch(() => []);
  const paths = [join(folder, 'node.log'), ...names.map((name) => join(folder, 'logs', name))];
  const texts = await Promise.all(paths.map((path) => readFile(path, 'utf8')));
  return texts.map((text, at) => `${paths[at]}:\n${text.slice(-1000)}`).join('\n');
}
