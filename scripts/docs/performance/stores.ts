import { table } from '../markdown.ts';
import { type Figure, type Run, shown } from './run.ts';

/** The stores of the benchmark's part `iam`, as its figures name them and as the page does. */
const STORES = { minio: 'MinIO', versitygw: 'VersityGW', ceph: 'Ceph' } as const;

/** The store and the number of keys that a figure of the part is of; undefined for another part's figure. */
function placeOf({
  part,
}: Figure): { readonly store: keyof typeof STORES; readonly keys: number } | undefined {
  const [, store, keys] = /^(minio|versitygw|ceph), (\d+) keys$/.exec(part) ?? [];
  return store === undefined ? undefined : { store: store as keyof typeof STORES, keys: Number(keys) };
}

/** True if a figure is of one of the stores, which have a table of their own. */
export function isOfStore(figure: Figure): boolean {
  return placeOf(figure) !== undefined;
}

/** Returns the costs of each store side by side, or that the run measured none. */
export function storeCosts({ figures }: Run): string {
  const places = figures.flatMap((figure) => {
    const place = placeOf(figure);
    return place ? [{ figure, ...place }] : [];
  });
  const columns = [...new Map(places.map((place) => [place.figure.part, place])).values()];
  if (columns.length === 0)
    return 'The last run left this part out: `npm run bench -- --parts=iam` measures it.';
  const names = new Map(figures.filter(isOfStore).map(({ name, unit }) => [name, unit]));
  const value = (name: string, { store, keys }: (typeof columns)[number]) => {
    const found = places.find((one) => one.store === store && one.keys === keys && one.figure.name === name);
    return found ? shown(found.figure.spread.median) : '';
  };
  return table(
    ['', ...columns.map(({ store, keys }) => `${STORES[store]}, ${keys.toLocaleString('en-US')} keys`)],
    [...names].map(([name, unit]) => [
      unit === 'requests' ? name : `${name}, ${unit}`,
      ...columns.map((column) => value(name, column)),
    ]),
  );
}
