/**
 * `npm run test:kind`: the steps of test/acceptance/pod on a kind cluster, whose nodes are Docker containers. Docker
 * builds the operator's image and one of the bed's MinIO, and kind loads them. The node's image is pulled:
 * KIND_NODE_IMAGE replaces kind's own. Prints "skipped" and why if it can't run.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findPrograms } from '../../bed/programs.ts';
import { type Counts, closingLine } from '../../outcome.ts';
import { clusterOf } from '../pod/cluster.ts';
import { MINIO_IMAGE } from '../pod/image.ts';
import { installMinio } from '../pod/minio.ts';
import { scratchImage } from '../pod/scratch-image.ts';
import { run } from '../pod/shell.ts';
import { podSteps } from '../pod/steps.ts';
import {
  buildArgs,
  clusterConfig,
  createArgs,
  deleteArgs,
  killArgs,
  loadArgs,
  saveArgs,
} from './commands.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const say = (line: string) => console.log(`kind: ${line}`);

async function main(): Promise<Counts> {
  if (process.platform !== 'linux') return skipped(`it needs Linux, and this is ${process.platform}`);
  const answers = await run('docker', ['version', '--format', '{{.Server.Version}}']).catch(() => undefined);
  if (answers === undefined) return skipped('it needs Docker, and no Docker answers here');
  const programs = await findPrograms(['kind', 'kubectl', 'helm', 'minio'], say);
  const folder = await mkdtemp(join(tmpdir(), 'accesskeys-kind-'));
  const config = join(folder, 'kind.json');
  const cluster = {
    name: `accesskeys-${randomBytes(4).toString('hex')}`,
    kubeconfig: join(folder, 'kubeconfig'),
    config,
    nodeImage: process.env['KIND_NODE_IMAGE'],
  };
  const end = async () => {
    await run(programs.kind, deleteArgs(cluster)).catch((error: Error) => say(error.message));
    await rm(folder, { recursive: true, force: true });
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void end().finally(() => process.exit(130)));
  try {
    say('the image, from the Dockerfile');
    await run('docker', buildArgs(ROOT));
    const operator = join(folder, 'operator.tar');
    await run('docker', saveArgs(operator));
    const minio = await scratchImage(folder, { image: MINIO_IMAGE, program: programs.minio, user: '0:0' });
    say(`the cluster ${cluster.name}`);
    await writeFile(config, JSON.stringify(clusterConfig()));
    await run(programs.kind, createArgs(cluster));
    for (const archive of [operator, minio]) await run(programs.kind, loadArgs(cluster, archive));
    const administered = clusterOf({
      programs,
      kubeconfig: cluster.kubeconfig,
      home: folder,
      kill: (node, container) => run('docker', killArgs(node, container)),
    });
    const root = { user: 'root', password: randomBytes(20).toString('hex') };
    const store = await installMinio(administered, root);
    return { ...(await podSteps(administered, store)), skipped: 0 };
  } finally {
    await end();
  }
}

function skipped(why: string): Counts {
  say(`skipped: ${why}`);
  return { passed: 0, failed: 0, skipped: 1 };
}

const outcome = await main();
console.log(`\n${closingLine([outcome])}`);
process.exitCode = outcome.failed === 0 ? 0 : 1;
