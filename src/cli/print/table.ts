import stringWidth from 'fast-string-width';
import { plain } from './plain.ts';

/** One cell: a text, and its color on a terminal that shows colors. */
export interface Cell {
  readonly text: string;
  readonly paint?: ((text: string) => string) | undefined;
}

/**
 * Returns lines of a table with columns as wide as their widest cell, two or more spaces apart. An empty cell
 * shows as `-`, so that `awk` finds each column. The last column isn't padded.
 */
export function table(header: readonly string[], rows: readonly (readonly (string | Cell)[])[]): string[] {
  const cells = [header, ...rows].map((row) => row.map(cellOf));
  const widths = header.map((_, column) =>
    Math.max(...cells.map((row) => stringWidth(row[column]?.text ?? ''))),
  );
  return cells.map((row) =>
    row
      .map(({ text, paint = same }, column) => {
        const last = column === row.length - 1;
        return paint(text) + ' '.repeat(last ? 0 : (widths[column] ?? 0) - stringWidth(text) + 3);
      })
      .join(''),
  );
}

function cellOf(cell: string | Cell): Cell {
  const { text, paint } = typeof cell === 'string' ? { text: cell, paint: undefined } : cell;
  return { text: plain(text) || '-', paint };
}

function same(text: string): string {
  return text;
}
