/** Alerts and dashboard ask for what there is, and each alert has a page. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { dashboardJson, ROWS } from '../../../scripts/dashboard.ts';
import { createMetrics, OPERATOR_METRIC } from '../../../src/metrics/metrics.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');

interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly description: string; readonly runbook: string };
}

const file = readFileSync(join(ROOT, 'charts/access-key-operator/files/alerts.yaml'), 'utf8');
const alerts = (parse(file) as { groups: { rules: Alert[] }[] }).groups.flatMap(({ rules }) => rules);

/** Every metric, and each series of a histogram. */
const known = new Map<string, readonly string[]>();
for (const metric of createMetrics('0').registry.getMetricsAsArray()) {
  const { name, labelNames = [] } = metric as unknown as { name: string; labelNames?: readonly string[] };
  known.set(name, labelNames);
  for (const part of ['bucket', 'count', 'sum']) known.set(`${name}_${part}`, labelNames);
}

/** Returns the metrics of a query, ours and the process's, and the labels that it names. */
function unknownIn(expr: string): string[] {
  const names =
    expr.match(/\b(?:accesskeys|controller_runtime|workqueue|rest_client|process|nodejs)_[a-z_]+\b/g) ?? [];
  const labels = [...expr.matchAll(/by \(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(/,\s*/));
  const may = new Set(['le', 'pod', ...names.flatMap((name) => known.get(name) ?? [])]);
  expect(names.length).toBeGreaterThan(0);
  return [...names.filter((name) => !known.has(name)), ...labels.filter((label) => !may.has(label))];
}

describe.each(alerts)('alert $alert', ({ alert, expr, for: duration, labels, annotations }) => {
  test('asks for metrics and labels that there are', () => {
    expect(unknownIn(expr)).toEqual([]);
  });

  test('says what it is, how bad, and where to read on', () => {
    expect(duration).toMatch(/^\d+[mh]$/);
    expect(labels.severity).toMatch(/^(critical|warning)$/);
    expect(annotations.runbook).toBe(alert);
    expect(annotations.summary).toMatch(/\.$/);
    const page = readFileSync(join(ROOT, 'docs', 'runbooks', `${alert}.md`), 'utf8');
    expect(page).toContain(`# ${alert}`);
    for (const part of ['Meaning', 'Diagnosis']) expect(page).toContain(`## ${part}`);
  });
});

test('docs/runbooks has a page for each alert, and no other', () => {
  const pages = readdirSync(join(ROOT, 'docs', 'runbooks')).map((name) => name.replace(/\.md$/, ''));
  expect(pages.sort()).toEqual(alerts.map(({ alert }) => alert).sort());
});

describe('the dashboard', () => {
  test.each(ROWS.flatMap(({ panels }) => panels))(
    '$title asks for what there is',
    ({ queries, description }) => {
      expect(description).toMatch(/\.$/);
      for (const [expr] of queries) expect(unknownIn(expr)).toEqual([]);
    },
  );

  test('has panels as Grafana takes them: with numbers of their own, none over another', () => {
    const { panels } = JSON.parse(dashboardJson()) as {
      panels: { id: number; gridPos: { x: number; y: number; w: number; h: number } }[];
    };
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    for (const [at, { gridPos: a }] of panels.entries()) {
      expect(a.x + a.w).toBeLessThanOrEqual(24);
      for (const { gridPos: b } of panels.slice(at + 1)) {
        const apart = a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y;
        expect(apart).toBe(true);
      }
    }
  });

  test('shows every metric of the operator', () => {
    const text = dashboardJson();
    const ours = [...createMetrics('0').registry.getMetricsAsArray()].map(({ name }) => name);
    const shown = ours.filter((name) => OPERATOR_METRIC.test(name) && text.includes(name));
    const hidden = ours.filter((name) => OPERATOR_METRIC.test(name) && !shown.includes(name));
    expect(hidden).toEqual(['accesskeys_key_series_omitted']);
  });
});
