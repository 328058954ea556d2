import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { brokenImports } from '../../../scripts/imports.ts';

test('imports in src run one way', () => {
  expect(brokenImports(join(import.meta.dirname, '..', '..', '..', 'src'))).toEqual([]);
});

test.each([
  ['runtime/a.ts', "import { b } from '../accesskey/b.ts';", 'runtime may import nothing'],
  ['kube/a.ts', "import type { b } from '../provider/b.ts';", 'kube may import runtime'],
  ['accesskey/a.ts', "import { b } from '../objectstore/b.ts';", 'accesskey may import'],
  ['provider/minio/a.ts', "export { b } from '../../api/b.ts';", 'provider may import nothing'],
  ['accesskey/plan/plan.ts', "import { request } from 'undici';", 'does no I/O'],
  ['accesskey/policy/policy.ts', "import { readFile } from 'node:fs/promises';", 'does no I/O'],
  ['api/a.ts', "const b = await import('../kube/b.ts');", 'api may import nothing'],
])('%s with %s is found', (file, text, said) => {
  const src = mkdtempSync(join(tmpdir(), 'imports-'));
  try {
    mkdirSync(dirname(join(src, file)), { recursive: true });
    writeFileSync(join(src, file), text);
    expect(brokenImports(src)).toEqual([expect.stringContaining(said)]);
  } finally {
    rmSync(src, { recursive: true });
  }
});
