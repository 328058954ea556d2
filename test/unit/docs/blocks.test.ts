/** No command in the documents is silently not run: each block keeps to the convention of test/acceptance/docs/blocks.ts. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { blocksOf, PAGES, ROOT } from '../../acceptance/docs/blocks.ts';

describe.each(PAGES)('%s', (page) => {
  test('says of each block whether it is run', () => {
    const fences = readFileSync(join(ROOT, page), 'utf8').match(/^ *```/gm) ?? [];
    expect(blocksOf(page).length * 2).toBe(fences.length);
  });

  test('has YAML that can be read', () => {
    for (const block of blocksOf(page).filter(({ language }) => language === 'yaml')) {
      const documents = parseAllDocuments(block.text);
      expect(documents.flatMap(({ errors }) => errors)).toEqual([]);
      if (block.fate.kind !== 'run' && block.fate.kind !== 'fails') continue;
      for (const document of documents) {
        expect(Object.keys(document.toJS() ?? {}), `${page}:${block.line}`).toContain('apiVersion');
      }
    }
  });
});

test('most of what can be run is', () => {
  const blocks = PAGES.flatMap(blocksOf).filter(({ language }) => language !== 'text' && language !== 'json');
  const run = blocks.filter(({ fate }) => fate.kind === 'run' || fate.kind === 'fails');
  expect(run.length).toBeGreaterThan(blocks.length / 2);
});
