/** The documents that `npm run generate` writes. */
import { renderMetrics } from './metrics.ts';
import { renderPermissions } from './permissions/permissions.ts';
import { renderReference } from './reference.ts';

/** Returns each document's path below the project's folder, and its text. */
export function generatedDocs(): { path: string; text: string }[] {
  return [
    { path: 'docs/permissions.md', text: renderPermissions() },
    { path: 'docs/reference.md', text: renderReference() },
    { path: 'docs/metrics.md', text: renderMetrics() },
  ];
}
