/** An operator that was run beside this one, and its lowest and highest figures. */
interface Peer {
  readonly name: string;
  readonly keysPerSecond: readonly [min: number, max: number];
  /** CPU of the operator and of the store for a new key. */
  readonly cpuMs: readonly [min: number, max: number];
  readonly storeRequests: number;
  readonly memoryMib: readonly [min: number, max: number];
  readonly atRest: string;
}

/** Measured in November 2026, with 100 keys each. */
export const PEERS: readonly Peer[] = [
  {
    name: 'InseeFrLab/s3-operator c162eb7',
    keysPerSecond: [1.3, 1.9],
    cpuMs: [480, 520],
    storeRequests: 16,
    memoryMib: [313, 326],
    atRest: 'nothing: it repairs nothing by default',
  },
  {
    name: 'vshn/provider-minio 0fc53f0',
    keysPerSecond: [0.8, 1],
    cpuMs: [1_120, 1_140],
    storeRequests: 20,
    memoryMib: [262, 267],
    atRest: "14 requests/s to the store, 21 % of a core and 41 % of the store's",
  },
  {
    name: 'benfiola/minio-operator-ext 3b26401',
    keysPerSecond: [1.4, 1.7],
    cpuMs: [307, 309],
    storeRequests: 1,
    memoryMib: [305, 328],
    atRest: "1.7 requests/s, 14 % of a core and 14 % of the store's",
  },
];

/** Returns the lowest and the highest CPU for a new key, in ms: `307 to 1,140`. */
export function peersCpu(): string {
  const all = PEERS.flatMap(({ cpuMs }) => cpuMs);
  return range([Math.min(...all), Math.max(...all)]);
}

/** Returns `1,120 to 1,140`. */
export function range([min, max]: readonly [number, number], digits = 0): string {
  const text = (value: number) =>
    value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return `${text(min)} to ${text(max)}`;
}
