import type { Summary } from './figures.ts';
import { plot, type Series } from './plot.ts';

/** What a new key costs by the number of keys that are there already: the figures of growth.ts as a picture. */
export function growthPlot(figures: readonly Summary[]): string {
  const ofSize = (name: string): Series['points'] =>
    figures.flatMap((figure) => {
      const size = /^new keys beside, (\d+) keys$/.exec(figure.part)?.[1];
      return size !== undefined && figure.name === name ? [{ x: Number(size), y: figure.spread.median }] : [];
    });
  return plot('CPU for each new key, ms', 'keys that are there already', [
    { name: 'operator', points: ofSize("operator's CPU") },
    { name: 'MinIO', points: ofSize("store's CPU") },
  ]);
}
