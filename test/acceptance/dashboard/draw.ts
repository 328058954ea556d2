/**
 * The dashboard as a picture: its panels where its JSON has them, and what Prometheus has answered to their queries.
 */
import { legend, type Panel } from './panels.ts';
import type { Series } from './prometheus.ts';
import { roundTop, shown } from './values.ts';

const COLUMN = 50;
const UNIT = 30;
const GAP = 6;
const PAD = 12;
const COLOURS = ['#2f7ed8', '#c9401f', '#4b8b2b', '#8a56b5', '#d69e00', '#16858f', '#b5396e', '#6b6b6b'];
const LEGEND_ROW = 14;
const LEGEND_ROWS = 3;

/** In s since 1970. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

interface Named {
  readonly name: string;
  readonly values: Series['values'];
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
const text = (x: number, y: number, content: string, more = '') =>
  `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}"${more && ` ${more}`}>${escaped(content)}</text>`;

/**
 * @param answers to each query, by its text in the dashboard
 * @returns SVG: lines, rectangles and text
 */
export function draw(
  panels: readonly Panel[],
  answers: ReadonlyMap<string, readonly Series[]>,
  span: Span,
): string {
  const height = Math.max(...panels.map(({ gridPos: { y, h } }) => y + h)) * UNIT;
  const drawn = panels.map((panel) => {
    const { x, y, w, h } = panel.gridPos;
    const box = { x: x * COLUMN + GAP / 2, y: y * UNIT + GAP / 2, w: w * COLUMN - GAP, h: h * UNIT - GAP };
    return panel.type === 'row'
      ? text(box.x + 4, box.y + 18, panel.title, 'font-weight="bold" font-size="14"')
      : card(panel, box);
  });

  function card(panel: Panel, box: Box): string {
    const named = (panel.targets ?? []).flatMap(({ expr, legendFormat }) =>
      (answers.get(expr) ?? []).map(({ metric, values }) => ({ name: legend(legendFormat, metric), values })),
    );
    const inner = { x: box.x + PAD, y: box.y + 30, w: box.w - 2 * PAD, h: box.h - 30 - 6 };
    const unit = panel.fieldConfig?.defaults.unit ?? 'short';
    const body = { stat, table, timeseries, row: () => '' }[panel.type](named, inner, unit, span);
    return `<rect x="${box.x}" y="${box.y}" width="${box.w}" height="${box.h}" fill="#fff" stroke="#d5d8dc" rx="3"/>${text(box.x + PAD, box.y + 19, panel.title, 'font-weight="bold"')}${body}`;
  }

  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${24 * COLUMN} ${height}" font-family="sans-serif" font-size="11" fill="#24292e">`,
    `<rect width="${24 * COLUMN}" height="${height}" fill="#f4f5f5"/>`,
    ...drawn,
    '</svg>',
    '',
  ].join('\n');
}

/** Returns the result of an instant query at the end of the span, without series that have ended. */
function lastOf({ values }: Named, { to }: Span): number | undefined {
  const [time, value] = values.at(-1) ?? [0, Number.NaN];
  return to - time < 5 && Number.isFinite(value) ? value : undefined;
}

function stat(series: readonly Named[], { x, y, w, h }: Box, unit: string, span: Span): string {
  const [value] = series.flatMap((one) => lastOf(one, span) ?? []);
  const middle = `text-anchor="middle" font-size="44" fill="${COLOURS[0]}"`;
  return text(x + w / 2, y + h / 2 + 12, value === undefined ? 'No data' : shown(value, unit), middle);
}

function table(series: readonly Named[], { x, y, w, h }: Box, unit: string, span: Span): string {
  const rows = series.flatMap((one) => {
    const value = lastOf(one, span);
    return value === undefined ? [] : [{ name: one.name, value }];
  });
  rows.sort((a, b) => a.value - b.value);
  return rows
    .slice(0, Math.floor(h / 18))
    .map(({ name, value }, at) => {
      const line = y + 14 + at * 18;
      const rule = `<line x1="${x}" y1="${line + 5}" x2="${x + w}" y2="${line + 5}" stroke="#e8eaed"/>`;
      return `${text(x, line, name)}${text(x + w, line, shown(value, unit), 'text-anchor="end"')}${rule}`;
    })
    .join('');
}

function timeseries(series: readonly Named[], box: Box, unit: string, span: Span): string {
  const alive = series.filter(({ values }) => values.some(([, value]) => Number.isFinite(value)));
  const plot = { x: box.x + 62, y: box.y, w: box.w - 62, h: box.h - LEGEND_ROWS * LEGEND_ROW - 20 };
  const all = alive.flatMap(({ values }) => values.map(([, value]) => value).filter(Number.isFinite));
  const top = roundTop(Math.max(...all, 0));
  const px = (time: number) => plot.x + ((time - span.from) / (span.to - span.from)) * plot.w;
  const py = (value: number) => plot.y + plot.h - (value / top) * plot.h;
  const grid = [0, 0.5, 1].map((part) => {
    const y = py(part * top);
    const rule = `<line x1="${plot.x}" y1="${y.toFixed(1)}" x2="${plot.x + plot.w}" y2="${y.toFixed(1)}" stroke="#e1e4e8"/>`;
    return `${rule}${text(plot.x - 6, y + 4, shown(part * top, unit), 'text-anchor="end" fill="#6a737d"')}`;
  });
  const clock = (time: number) => new Date(time * 1_000).toISOString().slice(11, 19);
  const ticks = [0, 0.5, 1].map((part) => {
    const anchor = part === 0 ? 'start' : part === 1 ? 'end' : 'middle';
    const at = text(
      plot.x + part * plot.w,
      plot.y + plot.h + 14,
      clock(span.from + part * (span.to - span.from)),
      `text-anchor="${anchor}" fill="#6a737d"`,
    );
    return at;
  });
  const lines = alive.map(({ values }, at) => {
    const path = pieces(values).map((piece) =>
      piece
        .map(
          ([time, value], index) =>
            `${index === 0 ? 'M' : 'L'}${px(time).toFixed(1)} ${py(value).toFixed(1)}`,
        )
        .join(''),
    );
    return `<path d="${path.join('')}" fill="none" stroke="${COLOURS[at % COLOURS.length]}" stroke-width="1.5" stroke-linecap="round"/>`;
  });
  return [...grid, ...ticks, ...lines, legends(alive, { ...box, y: plot.y + plot.h + 30 })].join('');
}

/** The parts of a series between times at which it says nothing. */
function pieces(values: Series['values']): (readonly [number, number])[][] {
  const found: (readonly [number, number])[][] = [];
  let before = Number.NEGATIVE_INFINITY;
  for (const point of values) {
    if (!Number.isFinite(point[1])) continue;
    if (point[0] - before > 1.5) found.push([]);
    found.at(-1)?.push(point);
    before = point[0];
  }
  return found;
}

/** As many names as there is room for, and how many are left. */
function legends(series: readonly Named[], { x, y, w }: Box): string {
  const parts: string[] = [];
  let [column, row] = [0, 0];
  for (const [at, { name }] of series.entries()) {
    const width = name.length * 5.9 + 24;
    if (column > 0 && column + width > w - (row === LEGEND_ROWS - 1 ? 70 : 0)) [column, row] = [0, row + 1];
    if (row === LEGEND_ROWS) {
      parts.push(
        text(
          x + w,
          y + (LEGEND_ROWS - 1) * LEGEND_ROW,
          `and ${series.length - at} more`,
          'text-anchor="end" fill="#6a737d"',
        ),
      );
      break;
    }
    const line = y + row * LEGEND_ROW;
    parts.push(
      `<rect x="${(x + column).toFixed(1)}" y="${line - 6}" width="10" height="3" fill="${COLOURS[at % COLOURS.length]}"/>${text(x + column + 14, line, name)}`,
    );
    column += width;
  }
  return parts.join('');
}
