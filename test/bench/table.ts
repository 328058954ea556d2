import type { Figure, Summary } from './figures.ts';

const HEADINGS = ['', 'figure', 'median', 'lowest', 'highest', 'runs', 'target', ''] as const;

/** The summaries as a table in Markdown, which is legible as it stands too. */
export function table(summaries: readonly Summary[]): string {
  const rows = summaries.map(({ part, name, unit, spread, values, target, reached }) => [
    part,
    unit === '' ? name : `${name}, ${unit}`,
    shown(spread.median),
    shown(spread.min),
    shown(spread.max),
    String(values.length),
    targetText(target),
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

/** Three digits that count. */
export function shown(value: number): string {
  if (!Number.isFinite(value)) return '?';
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toFixed(digits);
}

function targetText(target: Figure['target']): string {
  if (target === undefined) return '';
  return 'atLeast' in target ? `≥ ${target.atLeast}` : `≤ ${target.atMost}`;
}
