/** The page of `kubectl accesskey ui`, bundled into texts that the plugin carries. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Plugin, rolldown } from 'rolldown';
import type { Asset } from '../src/cli/ui/assets.ts';

const ROOT = join(import.meta.dirname, '..');
const FOLDER = join(ROOT, 'src', 'cli', 'page');
const ASSETS_MODULE = join(ROOT, 'src', 'cli', 'ui', 'assets.ts');

/** In the order in which they count. */
const STYLES = ['base', 'controls', 'frame', 'list', 'dialogs', 'forms', 'small'] as const;

export interface Page {
  readonly assets: Readonly<Record<string, Asset>>;
  /** Puts the page in the place of the module that stands for it. */
  readonly plugin: Plugin;
  /** The modules of the script, for their licences. */
  readonly moduleIds: readonly string[];
}

/** Bundles the page. @throws Error if its script is more than one file */
export async function buildPage(): Promise<Page> {
  const build = await rolldown({
    cwd: ROOT,
    input: join(FOLDER, 'main.tsx'),
    platform: 'browser',
    tsconfig: join(FOLDER, 'tsconfig.json'),
    logLevel: 'warn',
  });
  const { output } = await build.generate({ format: 'esm', minify: true, codeSplitting: false });
  await build.close();
  const [chunk, ...others] = output;
  if (others.length > 0) throw new Error(`the page has one script, and ${output.length} files came out`);
  const file = (name: string) => readFileSync(join(FOLDER, name), 'utf8');
  const assets = {
    '/': { type: 'text/html; charset=utf-8', text: file('index.html') },
    '/page.js': { type: 'text/javascript; charset=utf-8', text: chunk.code },
    '/page.css': {
      type: 'text/css; charset=utf-8',
      text: STYLES.map((name) => file(`styles/${name}.css`)).join('\n'),
    },
    '/icon.svg': { type: 'image/svg+xml', text: file('icon.svg') },
  };
  return {
    assets,
    moduleIds: chunk.moduleIds,
    plugin: {
      name: 'page',
      load: (id) =>
        id === ASSETS_MODULE
          ? { code: `export const ASSETS = ${JSON.stringify(assets)};`, moduleType: 'js' }
          : null,
    },
  };
}
