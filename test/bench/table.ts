import { shown, targetOf } from '../../scripts/docs/performance/run.ts';
import type { Summary } from './figures.ts';

const HEADINGS = ['', 'figure', 'median', 'lowest', 'highest', 'runs', 'target', ''] as const;

/** The summaries as a table in Markdown, which is legible as it stands too. */
export function table(summaries: readonly Summary[]): string {
  const rows = summaries.map(({ part, name, unit, spread, values, reached, ...rest }) => [
    part,
    unit === '' ? name : `${name}, ${unit}`,
    shown(spread.median),
    shown(spread.min),
    shown(spread.max),
    String(values.length),
    targetOf(rest),
    reached === undefined ? '' : reached ? 'yes' : 'NO',
  ]);
  const all = [[...HEADINGS], ...rows];
  const widths = HEADINGS.map((_, column) => Math.max(3, ...all.map((row) => (row[column] ?? '').length)));
  const line = (row: readonly string[]) =>
    `| ${widths.map((width, column) => cell(row[column] ?? '', width, column)).join(' | ')} |`;
  const rule = `| ${widths.map((width, column) => (isNumber(column) ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width))).join(' | ')} |`;
  return [line(HEADINGS), rule, ...rows.map(line)].join('\n');
}

const isNumber = (column: number) => column >= 2 && column <= 5;

function cell(text: string, width: number, column: number): string {
  return isNumber(column) ? text.padStart(width) : text.padEnd(width);
}
