import type { Histogram } from 'prom-client';

type Labels = Readonly<Record<'store' | 'operation' | 'code', string>>;

/** The times of requests to stores. A store's series go with it, since users choose the names of stores. */
interface StoreRequests {
  observe(labels: Labels, seconds: number): void;
  /** Removes the series of all other stores. */
  keepOnly(stores: ReadonlySet<string>): void;
}

/** Makes the times of requests, and remembers which series the histogram has of each store. */
export function createStoreRequests(histogram: Histogram<keyof Labels>): StoreRequests {
  const series = new Map<string, Map<string, Labels>>();
  return {
    observe(labels, seconds) {
      histogram.observe(labels, seconds);
      const { store, operation, code } = labels;
      const known = series.get(store) ?? new Map<string, Labels>();
      known.set(`${operation} ${code}`, labels);
      series.set(store, known);
    },
    keepOnly(stores) {
      for (const [store, known] of series) {
        if (stores.has(store)) continue;
        for (const labels of known.values()) histogram.remove(labels);
        series.delete(store);
      }
    },
  };
}
