import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The files that take longest, half a minute and more, the longest first: begun last, one of them would end alone. */
export const LONGEST = [
  'stores/far-leftovers',
  'security/noisy-neighbor',
  'conformance/killed',
  'faults/crash',
  'conformance/permissions',
  'conformance/escapes',
  'conformance/repairs',
  'faults/api-faults',
  'stores/minio-nodes',
  'conformance/keys',
  'stores/hostile-endpoint',
  'stores/slow-store',
  'leader/replicas-frozen',
  'leader/replicas',
  'faults/store-faults',
  'keys/order',
  'security/escapes',
  'chart/life',
  'dashboard/dashboard',
  'docs/docs-commands',
  'ui/look',
  'namespaces/one-right-missing',
  'faults/refused-publication',
  'repair/overwritten-secret',
  'faults/churn',
  'keys/rotation',
  'faults/watch-faults',
  'faults/outage',
  'security/large-secrets',
  'keys/rotation-in-use',
  'repair/restore',
  'namespaces/shared-store',
  'keys/five-hundred',
  'faults/refused-reading',
  'repair/many-left',
  'faults/refusals',
];

/** Begins with the longest files; the others come as vitest has them, by their last durations or sizes. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b));
  }
}

function rank({ moduleId }: TestSpecification): number {
  const at = LONGEST.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`));
  return at < 0 ? LONGEST.length : at;
}
