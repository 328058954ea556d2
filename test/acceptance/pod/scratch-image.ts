/** Images that hold one program and nothing else, made without a registry and without a builder. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { run } from './shell.ts';

export interface ScratchImage {
  /** With its tag. */
  readonly image: string;
  /** The path of a program that needs no library; in the image it is below /, by its own name. */
  readonly program: string;
  /** Such as 65535:65535. */
  readonly user: string;
}

/** The configuration of an image with one layer (OCI image specification, config.md). */
export function imageConfig(
  { program, user }: ScratchImage,
  layerDigest: string,
  arch = process.arch,
): object {
  return {
    architecture: arch === 'x64' ? 'amd64' : arch,
    os: 'linux',
    config: { User: user, Entrypoint: [`/${basename(program)}`] },
    rootfs: { type: 'layers', diff_ids: [`sha256:${layerDigest}`] },
  };
}

/** Writes it as an archive that containerd, kind and docker take (`docker save`'s format). @returns the archive's path */
export async function scratchImage(folder: string, wanted: ScratchImage): Promise<string> {
  const { image, program } = wanted;
  const archive = join(folder, `${basename(program)}.tar`);
  const parts = join(folder, `${basename(program)}-image`);
  await mkdir(parts);
  const layer = join(parts, 'layer.tar');
  const owner = ['--owner=0', '--group=0', '--mode=755', '--dereference'];
  await run('tar', [...owner, '-C', dirname(program), '-cf', layer, basename(program)]);
  const hash = createHash('sha256');
  await pipeline(createReadStream(layer), hash);
  const config = JSON.stringify(imageConfig(wanted, hash.digest('hex')));
  const name = `${createHash('sha256').update(config).digest('hex')}.json`;
  await writeFile(join(parts, name), config);
  const manifest = [{ Config: name, RepoTags: [image], Layers: ['layer.tar'] }];
  await writeFile(join(parts, 'manifest.json'), JSON.stringify(manifest));
  await run('tar', ['-C', parts, '-cf', archive, 'manifest.json', name, 'layer.tar']);
  await rm(parts, { recursive: true });
  return archive;
}
