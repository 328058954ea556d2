/** The chart's generated files: its copies of the CRDs, the dashboard, and its README from values.yaml. */
import { join } from 'node:path';
import { type ChartValue, chartValues } from './chart-values.ts';
import { dashboardJson } from './dashboard.ts';
import { code, table } from './docs/markdown.ts';

const CHART = 'charts/access-key-operator';

/** Each one's path below the project's folder, and its text. @param crds the files of crds/ */
export function chartFiles(
  root: string,
  crds: readonly { path: string; text: string }[],
): { path: string; text: string }[] {
  return [
    ...crds.map(({ path, text }) => ({ path: `${CHART}/files/${path}`, text })),
    { path: `${CHART}/files/dashboard.json`, text: dashboardJson() },
    { path: `${CHART}/README.md`, text: chartReadme(chartValues(join(root, CHART))) },
  ];
}

/** The chart's page: what is the same for every version, and a table of the values. */
export function chartReadme(values: readonly ChartValue[]): string {
  const rows = values.map(({ path, default: value, description }) => [
    code(path),
    code(cell(value)),
    cell(description),
  ]);
  return `<!-- Generated from values.yaml by \`npm run generate\`: edit that, or scripts/generate-chart.ts. -->

# access-key-operator

This chart installs access-key-operator, which issues S3 access keys from Kubernetes objects. It needs Kubernetes 1.32 or
later, and Helm 3 or 4.

\`\`\`sh
helm upgrade --install access-key-operator charts/access-key-operator \\
  --namespace access-key-operator --create-namespace --wait \\
  --set image.repository=registry.example.com/access-key-operator
\`\`\`

The command prints the next steps. [docs/install.md](../../docs/install.md) explains how to build the image, create a store
from values, upgrade and uninstall.

## Values

The chart refuses a value that isn't in this table, so that you notice a typo.

${table(['Value', 'Default', 'What it does'], rows)}
`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
