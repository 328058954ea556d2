/** The commands of `npm run test:kind` for kind and docker, and the images that need neither. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  buildArgs,
  clusterConfig,
  createArgs,
  deleteArgs,
  killArgs,
  loadArgs,
} from '../../acceptance/kind/commands.ts';
import { imageConfig, scratchImage } from '../../acceptance/pod/scratch-image.ts';
import { run } from '../../acceptance/pod/shell.ts';

const cluster = { name: 'accesskeys-1', kubeconfig: '/k', config: '/c' };

test('a cluster is made with a name and a kubeconfig of its own, and removed by both', () => {
  expect(createArgs(cluster).join(' ')).toBe(
    'create cluster --name accesskeys-1 --kubeconfig /k --config /c --wait 3m',
  );
  expect(createArgs({ ...cluster, nodeImage: 'kindest/node:v1.32.0' }).join(' ')).toMatch(
    / --image kindest\/node:v1\.32\.0$/,
  );
  expect(deleteArgs(cluster).join(' ')).toBe('delete cluster --name accesskeys-1 --kubeconfig /k');
  expect(clusterConfig()).toMatchObject({ networking: { serviceSubnet: '10.96.0.0/16' } });
});

test('the image is built under the name by which the chart asks for it, and loaded into that cluster', () => {
  expect(buildArgs('/project').join(' ')).toBe(
    'build --build-arg VERSION=0.0.0-pod --tag registry.example.com/access-key-operator:0.0.0-pod /project',
  );
  expect(loadArgs(cluster, '/a.tar').join(' ')).toBe('load image-archive --name accesskeys-1 /a.tar');
  expect(killArgs('worker', 'abc').join(' ')).toBe(
    'exec worker ctr --namespace k8s.io task kill --signal SIGKILL abc',
  );
});

test('an image of one program names its layer and its program', async () => {
  const wanted = { image: 'registry.example.com/a:1', program: '', user: '1:1' };
  expect(imageConfig({ ...wanted, program: '/bin/minio' }, 'aa', 'x64')).toEqual({
    architecture: 'amd64',
    os: 'linux',
    config: { User: '1:1', Entrypoint: ['/minio'] },
    rootfs: { type: 'layers', diff_ids: ['sha256:aa'] },
  });
  const folder = mkdtempSync(join(tmpdir(), 'accesskeys-scratch-'));
  try {
    const program = join(folder, 'program');
    writeFileSync(program, 'a program');
    const archive = await scratchImage(folder, { ...wanted, program });
    await run('tar', ['-C', folder, '-xf', archive]);
    const read = (name: string) => readFileSync(join(folder, name));
    const [manifest] = JSON.parse(read('manifest.json').toString());
    expect(manifest).toMatchObject({ RepoTags: ['registry.example.com/a:1'], Layers: ['layer.tar'] });
    const digest = createHash('sha256').update(read('layer.tar')).digest('hex');
    expect(JSON.parse(read(manifest.Config).toString()).rootfs.diff_ids).toEqual([`sha256:${digest}`]);
    expect(await run('tar', ['-tvf', join(folder, 'layer.tar')])).toMatch(/^-rwxr-xr-x .* program\n$/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
