/** The content of a MinIO of one drive, read from its files: no change there goes unseen. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Every file below the folder for which `isSeen` holds, by its path there, with a digest of what is in it. */
export async function filesBelow(
  folder: string,
  isSeen: (path: string) => boolean,
): Promise<Map<string, Buffer>> {
  const found = new Map<string, Buffer>();
  const walk = async (path: string): Promise<void> => {
    for (const entry of await readdir(join(folder, path), { withFileTypes: true })) {
      const below = path === '' ? entry.name : `${path}/${entry.name}`;
      if (entry.isDirectory()) {
        if (isSeen(`${below}/`)) await walk(below);
      } else if (isSeen(below)) {
        found.set(below, await readFile(join(folder, below)));
      }
    }
  };
  await walk('');
  return found;
}

/** A digest of each. */
export function digests(files: ReadonlyMap<string, Buffer>): Record<string, string> {
  return Object.fromEntries(
    [...files].sort().map(([path, bytes]) => [path, createHash('sha256').update(bytes).digest('hex')]),
  );
}
