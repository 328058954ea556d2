import { shown } from '../../scripts/docs/performance/run.ts';

/** One line of a plot, its points by rising x. */
export interface Series {
  readonly name: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

const WIDTH = 640;
const HEIGHT = 320;
const LEFT = 56;
const RIGHT = 190;
const TOP = 34;
const BOTTOM = 44;
const COLOURS = ['#1f77b4', '#d62728', '#2ca02c', '#9467bd'];

/** A plot over a logarithmic x and a y from zero, as SVG; nothing in it but lines, dots and text. */
export function plot(title: string, xName: string, series: readonly Series[]): string {
  const points = series.flatMap((one) => one.points);
  const xs = [...new Set(points.map(({ x }) => x))].sort((a, b) => a - b);
  const [least = 1, most = 10] = [xs[0], xs.at(-1)];
  const top = 1.1 * Math.max(1, ...points.map(({ y }) => y));
  const span = Math.log(most / least) || 1;
  const px = (x: number) => LEFT + (Math.log(x / least) / span) * (WIDTH - LEFT - RIGHT);
  const py = (y: number) => HEIGHT - BOTTOM - (y / top) * (HEIGHT - TOP - BOTTOM);
  const text = (x: number, y: number, content: string, anchor = 'middle') =>
    `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}">${content}</text>`;
  const line = (x1: number, y1: number, x2: number, y2: number) =>
    `<line x1="${x1.toFixed(1)}" y1="${y1.toFixed(1)}" x2="${x2.toFixed(1)}" y2="${y2.toFixed(1)}" stroke="#bbb"/>`;
  const grid = [0, 0.25, 0.5, 0.75, 1].map((part) => {
    const y = part * top;
    return `${line(LEFT, py(y), WIDTH - RIGHT, py(y))}${text(LEFT - 6, py(y) + 4, shown(y), 'end')}`;
  });
  const ticks = xs.map((x) => text(px(x), HEIGHT - BOTTOM + 18, String(x)));
  const lines = series.map(({ name, points: its }, index) => {
    const colour = COLOURS[index % COLOURS.length];
    const path = its.map(({ x, y }) => `${px(x).toFixed(1)},${py(y).toFixed(1)}`).join(' ');
    const dots = its.map(
      ({ x, y }) => `<circle cx="${px(x).toFixed(1)}" cy="${py(y).toFixed(1)}" r="3" fill="${colour}"/>`,
    );
    const label = `<g fill="${colour}">${text(WIDTH - RIGHT + 12, TOP + 16 * index + 12, name, 'start')}</g>`;
    return `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"/>${dots.join('')}${label}`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    text(LEFT, 20, title, 'start'),
    ...grid,
    ...ticks,
    text(px(Math.sqrt(least * most)), HEIGHT - 8, xName),
    ...lines,
    '</svg>',
    '',
  ].join('\n');
}
