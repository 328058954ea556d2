import { expect, test } from 'vitest';
import { createCache, type WatchedCache } from '../../../src/runtime/cache.ts';
import { joinCaches } from '../../../src/runtime/joined-cache.ts';

interface Thing {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly resourceVersion: string;
  };
}

const thing = (namespace: string, name: string, version: number): Thing => ({
  metadata: { namespace, name, uid: `${namespace}/${name}`, resourceVersion: String(version) },
});

/** Two namespaces as one cache, and what was told of changes. */
function start() {
  const told: string[] = [];
  const make = () =>
    createCache<Thing>((key, before, after) => {
      const version = (one?: Thing) => one?.metadata.resourceVersion ?? '-';
      told.push(`${key} ${version(before)}>${version(after)}`);
    });
  const [shop, reports] = [make(), make()];
  const joined = joinCaches(
    new Map([
      ['shop', shop.cache],
      ['reports', reports.cache],
    ]),
  );
  const content = () => [...joined.values()].map((one) => one.metadata.uid).sort();
  return { told, shop, reports, joined, content };
}

function list(of: WatchedCache<Thing>, items: readonly Thing[], version: string): void {
  for (const _ of of.replacing(items, version));
}

test('has what is in each of them', () => {
  const { shop, reports, joined, content } = start();
  shop.set(thing('shop', 'a', 1));
  reports.set(thing('reports', 'a', 2));
  expect(content()).toEqual(['reports/a', 'shop/a']);
  expect(joined.size).toBe(2);
  expect(joined.get('shop/a')?.metadata.resourceVersion).toBe('1');
  expect(joined.get('elsewhere/a')).toBeUndefined();
  expect(joined.get('a')).toBeUndefined();
});

test('a list of one namespace drops what is gone there, and nothing of another', () => {
  const { told, shop, reports, content } = start();
  list(shop, [thing('shop', 'a', 1), thing('shop', 'b', 2)], '5');
  list(reports, [thing('reports', 'a', 3)], '6');
  told.length = 0;
  list(shop, [thing('shop', 'b', 2)], '9');
  expect(content()).toEqual(['reports/a', 'shop/b']);
  expect(told).toEqual(['shop/a 1>-']);
  // Newer than its own list, though older than the other's.
  reports.set(thing('reports', 'b', 8));
  expect(content()).toContain('reports/b');
});

test('takes answers of our own writes into the one that they belong to, and drops others', async () => {
  const { told, shop, joined } = start();
  list(shop, [thing('shop', 'a', 1)], '1');
  told.length = 0;
  await joined.writing('shop/a', async () => joined.put(thing('shop', 'a', 2), { exclusive: true }));
  shop.set(thing('shop', 'a', 2));
  expect(told).toEqual([]);
  expect(joined.get('shop/a')?.metadata.resourceVersion).toBe('2');
  expect(await joined.writing('elsewhere/a', async () => 'written')).toBe('written');
  joined.put(thing('elsewhere', 'a', 1));
  expect(joined.get('elsewhere/a')).toBeUndefined();
});

test('of nothing is empty, whatever is put into it', () => {
  const joined = joinCaches<Thing>(new Map());
  joined.put(thing('shop', 'a', 1));
  expect([...joined.values()]).toEqual([]);
  expect(joined.size).toBe(0);
});
