/** Values as a panel shows them, by the unit that the dashboard gives it. */

const TIMES: readonly (readonly [number, string])[] = [
  [86_400, 'd'],
  [3_600, 'h'],
  [60, 'min'],
  [1, 's'],
  [0.001, 'ms'],
];

/** Rounds to three significant digits. */
function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}

/** @param unit a unit of Grafana's: s, bytes, reqps, ops, short */
export function shown(value: number, unit: string): string {
  if (unit === 's') {
    const [size, name] = TIMES.find(([least]) => Math.abs(value) >= least) ?? [0.001, 'ms'];
    return `${short(value / size)} ${name}`;
  }
  if (unit === 'bytes') return `${short(value / 1_048_576)} MiB`;
  if (unit === 'reqps') return `${short(value)} req/s`;
  if (unit === 'ops') return `${short(value)} /s`;
  return short(value);
}

/** Returns the smallest number that is 1, 2, 4, 5 or 10 times a power of ten and at least the value; 1 for 0. */
export function roundTop(value: number): number {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return power * ([1, 2, 4, 5, 10].find((one) => one * power >= value) ?? 10);
}
