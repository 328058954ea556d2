import { globSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { LONGEST } from '../../longest-first.ts';

test.each(LONGEST)('%s, which is to begin first, is one file', (name) => {
  expect(globSync(`**/${name}.test.ts`, { cwd: join(import.meta.dirname, '..', '..') })).toHaveLength(1);
});
