/**
 * `node scripts/release-chart.ts REPOSITORY FOLDER`: the chart as a release has it, whose image needs no value, in
 * FOLDER/access-key-operator for `helm package`.
 */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chartValues } from './chart-values.ts';
import { chartReadme } from './generate-chart.ts';

const NAME = 'access-key-operator';
const CHART = join(import.meta.dirname, '..', 'charts', NAME);
/** With its comment, which says that it must be set. */
const UNSET = /^ {2}# The image, without a tag\.(?:.*\n {2}#)*.*\n {2}repository: ""$/m;

/**
 * values.yaml with the repository of the image.
 * @param text of values.yaml in the repository @param repository without a tag or digest
 * @throws Error if the text has no such place, or more is given than a repository
 */
export function withRepository(text: string, repository: string): string {
  if (!/^[a-z0-9.-]+(:\d+)?(\/[a-z0-9._-]+)+$/.test(repository))
    throw new Error(`${JSON.stringify(repository)} is no repository of an image, without its tag`);
  if (!UNSET.test(text)) throw new Error('values.yaml has no empty image.repository to set');
  return text.replace(UNSET, `  # The image, without a tag.\n  repository: ${JSON.stringify(repository)}`);
}

/** Writes the chart of a release. @returns its folder */
export function releaseChart(repository: string, folder: string): string {
  const chart = join(folder, NAME);
  cpSync(CHART, chart, { recursive: true });
  const values = join(chart, 'values.yaml');
  writeFileSync(values, withRepository(readFileSync(values, 'utf8'), repository));
  writeFileSync(join(chart, 'README.md'), chartReadme(chartValues(chart)));
  return chart;
}

if (import.meta.main) {
  const [repository, folder] = process.argv.slice(2);
  if (repository === undefined || folder === undefined)
    throw new Error('Usage: node scripts/release-chart.ts REPOSITORY FOLDER');
  console.log(releaseChart(repository, folder));
}
