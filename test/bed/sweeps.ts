import type { Operator } from './operator.ts';

/** The operator's log line at the end of each sweep. */
export const SWEPT = 'swept the store';

/** Returns how often the operator has swept the store of that name. */
export function sweepsOf({ lines }: Pick<Operator, 'lines'>, name: string): number {
  return lines.filter((line) => line['name'] === name && line.msg === SWEPT).length;
}
