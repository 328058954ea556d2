import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { wrapped } from './markdown.ts';
import { costOfNewKeys } from './performance/costs.ts';
import type { Run } from './performance/run.ts';

const FILE = join(import.meta.dirname, '..', '..', 'README.md');

/** Frames the sentences in README.md that come from docs/performance.json. */
const FRAME = /(?<=<!-- generated: cost of new keys -->\n)[\s\S]*?(?=\n {2}<!-- end -->)/;

/** Returns README.md with the figures of the run. */
export function renderReadme(run: Run): string {
  const text = readFileSync(FILE, 'utf8');
  if (!FRAME.test(text)) throw new Error('README.md has no place for the cost of new keys');
  return text.replace(FRAME, () => `  ${wrapped(costOfNewKeys(run), '  ')}`);
}
