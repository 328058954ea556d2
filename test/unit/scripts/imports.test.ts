import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { brokenImports } from '../../../scripts/imports.ts';

const SCRIPTS = join(import.meta.dirname, '..', '..', '..', 'scripts');

/** The faults of a folder that holds those files. */
function faultsOf(files: Readonly<Record<string, string>>): string[] {
  const src = mkdtempSync(join(tmpdir(), 'imports-'));
  try {
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(dirname(join(src, file)), { recursive: true });
      writeFileSync(join(src, file), text);
    }
    return brokenImports(src);
  } finally {
    rmSync(src, { recursive: true });
  }
}

test('src has no import upward, no circle, and no side effects in pure folders', () => {
  expect(brokenImports(join(import.meta.dirname, '..', '..', '..', 'src'))).toEqual([]);
});

test.each([
  ['runtime/a.ts', "import { b } from '../accesskey/sync.ts';", 'runtime may import nothing'],
  [
    'kube/a.ts',
    "import type { b } from '../provider/b.ts';",
    'kube may import network, runtime, api/meta.ts',
  ],
  ['accesskey/sync.ts', "import { b } from '../objectstore/b.ts';", 'accesskey/sync.ts may import'],
  ['provider/minio/a.ts', "export { b } from '../../api/b.ts';", 'provider/minio may import provider'],
  ['provider/a.ts', "import { b } from './minio/b.ts';", 'provider may import network'],
  ['api/a.ts', "const b = await import('../kube/b.ts');", 'api may import nothing'],
  ['accesskey/observe/a.ts', "import type {\n  b,\n} from '../plan/b.ts';", 'accesskey/observe may import'],
  ['accesskey/plan/a.ts', "import type { b } from '../up-to-date/b.ts';", 'accesskey/plan may import'],
  ['accesskey/revoke/a.ts', "import { b } from '../sync.ts';", 'accesskey/revoke may import'],
  ['config/a.ts', "import { b } from '../log.ts';", 'config may import network, runtime, api'],
  ['operator/a.ts', "import { b } from '../cli/b.ts';", 'operator may import'],
  ['cli/a.ts', "import { b } from '../operator/b.ts';", 'cli may import'],
  ['cli/a.ts', "import { b } from '../accesskey/apply/b.ts';", 'cli may import'],
  ['main.ts', "import { b } from './accesskey/sync.ts';", 'main.ts may import log.ts'],
  ['stray.ts', "import { b } from './runtime/b.ts';", 'src/stray.ts is in no layer'],
  ['accesskey/stray.ts', "import { b } from '../runtime/b.ts';", 'accesskey may import nothing'],
])('an import that runs up is found: %s with %s', (file, text, said) => {
  expect(faultsOf({ [file]: text })).toContainEqual(expect.stringContaining(said));
});

test.each([
  ['accesskey/plan/a.ts', "import { request } from 'undici';", 'undici'],
  ['accesskey/policy/a.ts', "import { readFile } from 'node:fs/promises';", 'node:fs/promises'],
  ['accesskey/plan/a.ts', "import { observe } from '../observe/observe.ts';", '../observe/observe.ts'],
  ['accesskey/status/a.ts', 'export const at = () => Date.now();', 'Date.now'],
  ['accesskey/rotation/a.ts', 'export const at = () => new Date();', 'new Date()'],
  ['accesskey/secret/a.ts', 'export async function read() {}', 'async'],
  ['accesskey/plan/a.ts', "import { randomUUID } from 'node:crypto';", 'randomUUID'],
])('a side effect in a pure folder is found: %s with %s', (file, text, said) => {
  expect(faultsOf({ [file]: text })).toEqual([expect.stringContaining(said)]);
});

test('types, comments, texts and the defaults of arguments make nothing impure', () => {
  const text = `import type { Context } from '../context/context.ts';
// A clock such as Date.now is an argument, and no await is needed.
export const say = ({ now }: Context, random = Math.random) => [now, random, 'async'];
`;
  expect(faultsOf({ 'accesskey/plan/a.ts': text })).toEqual([]);
});

test('a circle of files is found, through types too', () => {
  const faults = faultsOf({
    'runtime/a.ts': "import { b } from './b.ts';",
    'runtime/b.ts': "import type { c } from './c.ts';",
    'runtime/c.ts': "import { a } from './a.ts';\nimport { d } from './d.ts';",
    'runtime/d.ts': '',
  });
  expect(faults).toEqual(['these files import each other: runtime/a.ts, runtime/b.ts, runtime/c.ts']);
});

test('a circle of folders is found even if no file is in one', () => {
  const faults = faultsOf({
    'api/a.ts': "import { b } from './schema/b.ts';",
    'api/schema/b.ts': '',
    'api/schema/c.ts': "import { d } from '../d.ts';",
    'api/d.ts': '',
  });
  expect(faults).toContainEqual('these folders import each other: api, api/schema');
});

test('no script imports from the tests', () => {
  const files = readdirSync(SCRIPTS, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  );
  expect(files.length).toBeGreaterThan(20);
  const wrong = files.filter((file) =>
    /from '(?:\.\.\/)+test\//.test(readFileSync(join(SCRIPTS, file), 'utf8')),
  );
  expect(wrong).toEqual([]);
});
