/** Writes crds/ from src/api, the chart's generated files, and the generated documents: `npm run generate`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { stringify } from 'yaml';
import { GROUP } from '../src/api/names.ts';
import { customResourceDefinitions } from '../src/api/schema/crd.ts';
import { generatedDocs } from './docs/documents.ts';
import { chartFiles } from './generate-chart.ts';

const ROOT = join(import.meta.dirname, '..');
const HEADER = '# Generated from src/api by `npm run generate`: edit the schema there, not this file.\n';

/** The files that src/api stands for now: each one's path below the project's folder, and its text. */
export function generatedFiles(): { path: string; text: string }[] {
  return customResourceDefinitions().map((crd) => ({
    path: `crds/${GROUP}_${crd.spec.names.plural}.yaml`,
    // No anchors: where two fields share a part of the schema, each has it in full.
    text: HEADER + stringify(crd, { sortMapEntries: true, lineWidth: 110, aliasDuplicateObjects: false }),
  }));
}

if (import.meta.main) {
  const crds = generatedFiles();
  for (const { path, text } of [...crds, ...chartFiles(ROOT, crds), ...generatedDocs()]) {
    mkdirSync(dirname(join(ROOT, path)), { recursive: true });
    writeFileSync(join(ROOT, path), text);
    console.log(`wrote ${path}`);
  }
}
