/** An older chart, to upgrade from: the project's own with a lower version, and CRDs that lack a field. */
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { CHART } from './helm.ts';

export interface Older {
  readonly version: string;
  /** The file of the CRD, and the field of its spec that came later. */
  readonly crd: string;
  readonly lacks: string;
}

/** Makes the older chart in a folder of its own below `parent`. @returns its path */
export async function olderChart(parent: string, { version, crd, lacks }: Older): Promise<string> {
  const chart = join(parent, `chart-${version}`);
  await cp(CHART, chart, { recursive: true });
  const edit = async (path: string, change: (text: string) => string) =>
    writeFile(join(chart, path), change(await readFile(join(chart, path), 'utf8')));
  await edit('Chart.yaml', (text) => text.replace(/^version: .*$/m, `version: ${version}`));
  await edit(join('files', 'crds', crd), (text) => {
    const object = parse(text);
    const { properties } = object.spec.versions[0].schema.openAPIV3Schema.properties.spec;
    if (!Object.hasOwn(properties, lacks)) throw new Error(`${crd} has no field ${lacks}`);
    delete properties[lacks];
    return stringify(object);
  });
  return chart;
}
