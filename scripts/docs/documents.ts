/** The documents that `npm run generate` writes. */
import { renderMetrics } from './metrics.ts';
import { performancePage } from './performance/page.ts';
import { lastRun } from './performance/run.ts';
import { renderPermissions } from './permissions/permissions.ts';
import { renderReadme } from './readme.ts';
import { renderReference } from './reference.ts';
import { renderStores } from './stores.ts';
import { renderVersioning } from './versioning.ts';

/** Returns each document's path below the project's folder, and its text. */
export function generatedDocs(): { path: string; text: string }[] {
  const run = lastRun();
  return [
    { path: 'docs/permissions.md', text: renderPermissions() },
    { path: 'docs/reference.md', text: renderReference() },
    { path: 'docs/metrics.md', text: renderMetrics() },
    { path: 'docs/performance.md', text: performancePage(run) },
    { path: 'docs/versioning.md', text: renderVersioning() },
    { path: 'docs/how-to/iam.md', text: renderStores() },
    { path: 'README.md', text: renderReadme(run) },
  ];
}
