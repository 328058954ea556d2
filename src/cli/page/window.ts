/** The part of a long list that is in the document: the rows that can be seen, and some around them. Pure. */

/** The height of a row, in px; styles/list.css has the same. */
export const ROW_HEIGHT = 60;
const AROUND = 8;

/** A part of the list. */
export interface Range {
  readonly from: number;
  /** Behind the last one. */
  readonly to: number;
}

/**
 * Returns the rows to show.
 * @param top the distance that the list is scrolled, in px
 * @param height the height of the part that is seen, in px
 */
export function visibleRange(count: number, top: number, height: number): Range {
  const first = Math.max(0, Math.min(Math.floor(top / ROW_HEIGHT), count - 1));
  const from = Math.max(0, first - AROUND);
  const to = Math.min(count, Math.ceil((top + height) / ROW_HEIGHT) + AROUND);
  return { from, to: Math.max(from, to) };
}
