import type { Summary } from './figures.ts';
import { plot, type Series } from './plot.ts';

/** Draws the figures of growth.ts: the cost of a key, at its creation and at a start, by the number of keys. */
export function growthPlot(figures: readonly Summary[]): string {
  const ofSize = (
    part: string,
    name: string,
    each: (value: number, size: number) => number,
  ): Series['points'] =>
    figures.flatMap((figure) => {
      const size = new RegExp(`^${part}, (\\d+) keys$`).exec(figure.part)?.[1];
      return size !== undefined && figure.name === name
        ? [{ x: Number(size), y: each(figure.spread.median, Number(size)) }]
        : [];
    });
  const same = (value: number) => value;
  return plot('CPU for a key, ms', 'keys that are there', [
    { name: 'operator, a new key', points: ofSize('new keys beside', "operator's CPU", same) },
    { name: 'MinIO, a new key', points: ofSize('new keys beside', "store's CPU", same) },
    {
      name: 'operator, each key at a start',
      points: ofSize('start', 'CPU until quiet', (seconds, size) => (seconds * 1_000) / size),
    },
  ]);
}
