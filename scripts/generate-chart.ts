/** The chart's generated files: its copies of the CRDs, the dashboard, and its README from values.yaml. */
import { join } from 'node:path';
import { type ChartValue, chartValues } from './chart-values.ts';
import { dashboardJson } from './dashboard.ts';

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
  const rows = values.map(
    ({ path, default: value, description }) => `| \`${path}\` | \`${cell(value)}\` | ${cell(description)} |`,
  );
  return `<!-- Generated from values.yaml by \`npm run generate\`: edit that, or scripts/generate-chart.ts. -->

# access-key-operator

S3 access keys as Kubernetes objects. Kubernetes 1.32 or later, Helm 3 or 4.

\`\`\`sh
helm upgrade --install access-key-operator charts/access-key-operator \\
  --namespace access-key-operator --create-namespace --wait \\
  --set image.repository=registry.example.com/access-key-operator
\`\`\`

What it prints says how to go on. [docs/install.md](../../docs/install.md) has the rest: building the image, a store from
values, upgrading, uninstalling.

## Values

A value that isn't in this table is refused, so that a slip of the pen is noticed.

| Value | Default | What it does |
| --- | --- | --- |
${rows.join('\n')}
`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
