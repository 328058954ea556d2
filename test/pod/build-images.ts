/**
 * `node build-images.ts CACHE FOLDER`, in namespaces of its own, in which its mounts go with it: the images of the test,
 * and what there is to say about them in FOLDER/images.json.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { lock } from '../bed/lock.ts';
import { buildImages, type Images, NoBase } from './images.ts';

export type Built = { readonly images: Images } | { readonly unavailable: string };

const [cache = '', folder = ''] = process.argv.slice(2);
const say = (line: string) => console.log(`pod: ${line}`);
await mkdir(cache, { recursive: true });
const held = await lock(join(cache, 'lock'), () => say('another run is building images; waiting for it'));
const built: Built = await buildImages(cache, folder, say)
  .then((images) => ({ images }))
  .catch((error: unknown) => {
    if (error instanceof NoBase) return { unavailable: error.message };
    throw error;
  })
  .finally(() => held.release());
await writeFile(join(folder, 'images.json'), JSON.stringify(built));
