/** The panels of the dashboard, read from its JSON as Grafana reads it. */
import { dashboardJson } from '../../../scripts/dashboard.ts';

export interface Panel {
  readonly type: 'row' | 'stat' | 'timeseries' | 'table';
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  /** None of a row. */
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
  readonly fieldConfig?: { readonly defaults: { readonly unit: string } };
}

export const PANELS: readonly Panel[] = (JSON.parse(dashboardJson()) as { panels: Panel[] }).panels;

/**
 * A query with the variable of Grafana replaced that says over how long a rate is taken.
 * @param seconds at least four times the interval between scrapes, as Grafana does it
 */
export function withRateInterval(expr: string, seconds: number): string {
  return expr.replaceAll('$__rate_interval', `${seconds}s`);
}

/** Returns the name of a series: its legend with its labels in it. */
export function legend(format: string, labels: Readonly<Record<string, string>>): string {
  return format.replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => labels[name] ?? '');
}
