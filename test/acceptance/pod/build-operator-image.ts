/**
 * `node build-operator-image.ts CACHE FOLDER`, in namespaces of its own, in which its mounts go with it: the operator's image,
 * and what there is to say about it in FOLDER/operator.json.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { lock } from '../../bed/lock.ts';
import { buildOperatorImage, NoBase, type OperatorImage } from './operator-image.ts';

export type Built = { readonly image: OperatorImage } | { readonly unavailable: string };

const [cache = '', folder = ''] = process.argv.slice(2);
const say = (line: string) => console.log(`pod: ${line}`);
await mkdir(cache, { recursive: true });
const held = await lock(join(cache, 'lock'), () => say('another run is building the image; waiting for it'));
const built: Built = await buildOperatorImage(cache, folder, say)
  .then((image) => ({ image }))
  .catch((error: unknown) => {
    if (error instanceof NoBase) return { unavailable: error.message };
    throw error;
  })
  .finally(() => held.release());
await writeFile(join(folder, 'operator.json'), JSON.stringify(built));
