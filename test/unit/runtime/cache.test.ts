import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createCache } from '../../../src/runtime/cache.ts';

interface Thing {
  readonly metadata: { readonly name: string; readonly uid: string; readonly resourceVersion: string };
}

const thing = (name: string, version: number, uid = name): Thing => ({
  metadata: { name, uid, resourceVersion: String(version) },
});

/** A cache that writes down what it reports: "key before>after". */
function start(now?: () => number) {
  const told: string[] = [];
  const versionOf = (object: Thing | undefined) => object?.metadata.resourceVersion ?? '-';
  const watched = createCache<Thing>((key, before, after) => {
    told.push(`${key} ${versionOf(before)}>${versionOf(after)}`);
  }, now);
  return {
    ...watched,
    replace(...list: Parameters<typeof watched.replacing>) {
      for (const _ of watched.replacing(...list));
    },
    told,
    content: () =>
      [...watched.cache.values()].map((object) => `${object.metadata.name} ${versionOf(object)}`).sort(),
  };
}

describe("the operator's own write", () => {
  test("reports no event of its own that overtakes its answer, but somebody else's before it", async () => {
    const { set, cache, told, content } = start();
    set(thing('a', 1));
    await cache.writing('a', async () => {
      set(thing('a', 2));
      cache.put(thing('a', 2), { exclusive: true });
    });
    expect(told).toEqual(['a ->1']);
    await cache.writing('a', async () => {
      set(thing('a', 3));
      set(thing('a', 4));
      cache.put(thing('a', 4), { exclusive: true });
    });
    expect(told).toEqual(['a ->1', 'a 2>4']);
    expect(content()).toEqual(['a 4']);
  });

  test('reports what came meanwhile if it fails', async () => {
    const { set, remove, cache, told } = start();
    set(thing('a', 1));
    await expect(
      cache.writing('a', async () => {
        set(thing('a', 2));
        throw new Error('conflict');
      }),
    ).rejects.toThrow('conflict');
    await cache.writing('a', async () => remove(thing('a', 3)));
    expect(told).toEqual(['a ->1', 'a 1>2', 'a 2>-']);
  });
});

describe('an event', () => {
  test('is taken in and reported with what was there before', () => {
    const { set, remove, told, content } = start();
    set(thing('a', 1));
    set(thing('a', 9));
    set(thing('b', 10));
    remove(thing('a', 11));
    expect(told).toEqual(['a ->1', 'a 1>9', 'b ->10', 'a 9>-']);
    expect(content()).toEqual(['b 10']);
  });

  test('is not reported if it was seen before', () => {
    const { set, told } = start();
    set(thing('a', 10));
    set(thing('a', 10));
    set(thing('a', 9));
    expect(told).toEqual(['a ->10']);
  });

  test('is taken as it comes if versions are no integers', () => {
    const { set, told, cache } = start();
    for (const version of ['z', 'b', 'b'])
      set({ metadata: { name: 'a', uid: 'a', resourceVersion: version } });
    expect(told).toEqual(['a ->z', 'a z>b']);
    expect(cache.get('a')?.metadata.resourceVersion).toBe('b');
  });
});

describe('the answer to a write', () => {
  test('is seen at once, and an older event does not undo it', () => {
    const { set, cache, told, content } = start();
    set(thing('a', 9));
    cache.put(thing('a', 11));
    expect([content(), told]).toEqual([['a 11'], ['a ->9']]);
    set(thing('a', 10));
    expect(content()).toEqual(['a 11']);
  });

  test("still lets somebody else's change that it hides be reported, once", () => {
    const { set, cache, told } = start();
    set(thing('a', 9));
    cache.put(thing('a', 11));
    set(thing('a', 10));
    set(thing('a', 11));
    expect(told).toEqual(['a ->9', 'a 9>11']);
  });

  test('keeps the event of an exclusive write from being reported, and no other event', () => {
    const { set, cache, told } = start();
    set(thing('a', 9));
    cache.put(thing('a', 10), { exclusive: true });
    cache.put(thing('a', 11), { exclusive: true });
    cache.put(thing('b', 12), { exclusive: true });
    for (const version of [10, 11]) set(thing('a', version));
    set(thing('b', 12));
    expect(told).toEqual(['a ->9']);
    set(thing('a', 13));
    set(thing('b', 14));
    expect(told).toEqual(['a ->9', 'a 11>13', 'b 12>14']);
  });

  test('is reported when the watch shows it, if nobody can say whose write it was', () => {
    const { set, cache, told } = start();
    set(thing('a', 9));
    cache.put(thing('a', 10));
    set(thing('a', 10));
    expect(told).toEqual(['a ->9', 'a 9>10']);
  });

  test('brings nothing back from before a deletion, as long as the deletion is remembered', () => {
    let now = 0;
    const { set, remove, cache, content } = start(() => now);
    set(thing('a', 9));
    remove(thing('a', 11));
    cache.put(thing('a', 10));
    cache.put(thing('a', 11));
    expect(content()).toEqual([]);
    cache.put(thing('a', 12, 'another'));
    expect(content()).toEqual(['a 12']);
    now = 6 * 60_000;
    remove(thing('b', 20));
    expect(content()).toEqual(['a 12']);
  });

  test('turns the deletion of what was made again meanwhile into a change', () => {
    const { set, remove, cache, told, content } = start();
    set(thing('a', 9));
    cache.put(thing('a', 12, 'another'));
    remove(thing('a', 11));
    set(thing('a', 12, 'another'));
    expect([told, content()]).toEqual([['a ->9', 'a 9>12'], ['a 12']]);
  });

  test('has the version of the deletion if it removed the last finalizer', () => {
    const { set, remove, cache, told, content } = start();
    set(thing('a', 9));
    cache.put(thing('a', 10));
    remove(thing('a', 10));
    expect([told, content()]).toEqual([['a ->9', 'a 9>-'], []]);
  });
});

describe('a list', () => {
  test('reports every difference, deletions included', () => {
    const { set, replace, told, content } = start();
    for (const name of ['a', 'b', 'c']) set(thing(name, 1));
    told.length = 0;
    replace([thing('a', 1), thing('b', 5), thing('d', 6)], '7');
    expect(told).toEqual(['b 1>5', 'd ->6', 'c 1>-']);
    expect(content()).toEqual(['a 1', 'b 5', 'd 6']);
  });

  test('keeps what was written after it, and drops what was written before and is gone', () => {
    const { cache, replace, told, content } = start();
    cache.put(thing('old', 5));
    cache.put(thing('new', 9));
    cache.put(thing('both', 10));
    replace([thing('both', 6)], '7');
    expect(content()).toEqual(['both 10', 'new 9']);
    expect(told).toEqual(['both ->10', 'old 5>-', 'new ->9']);
    cache.put(thing('old', 6));
    expect(content()).toEqual(['both 10', 'new 9']);
  });

  test('reports an exclusive write, since events between may have been missed', () => {
    const { set, cache, replace, told } = start();
    set(thing('a', 5));
    cache.put(thing('a', 9), { exclusive: true });
    replace([thing('a', 9)], '10');
    expect(told).toEqual(['a ->5', 'a 5>9']);
  });

  test('leaves as it was what could not be read', () => {
    const { set, replace, content } = start();
    set(thing('a', 5));
    replace([], '10', { unread: new Set(['a']) });
    expect(content()).toEqual(['a 5']);
  });

  test('counts after the server went back in time, whatever was there', () => {
    const { set, remove, replace, told, content } = start();
    for (const name of ['a', 'b', 'same']) set(thing(name, 100));
    set(thing('dead', 90));
    remove(thing('dead', 101));
    told.length = 0;
    replace([thing('a', 40), thing('dead', 41), thing('same', 100)], '50', { rewound: true });
    expect(content()).toEqual(['a 40', 'dead 41', 'same 100']);
    expect(told).toEqual(['a 100>40', 'dead ->41', 'b 100>-']);
    set(thing('a', 51));
    expect(content()).toContain('a 51');
  });
});

/** A change of one of three objects on the server; `late` is the number of further steps before the answer comes. */
const step = fc.record({
  key: fc.constantFrom('a', 'b', 'c'),
  what: fc.constantFrom('foreign', 'own', 'exclusive', 'delete', 'watch', 'relist'),
  late: fc.nat(4),
});

test('whatever the order of events, answers and lists, the end is what the server has, and no change of others is lost', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 80 }), async (steps) => {
      const { set, remove, replacing, cache, told } = start();
      const server = new Map<string, Thing>();
      const events: { readonly type: 'set' | 'remove'; readonly object: Thing }[] = [];
      const answers: { readonly at: number; readonly arrive: () => Promise<void> }[] = [];
      /** An exclusive write is one that the cache knows of from its beginning, whatever overtakes its answer. */
      const write = (key: string, object: Thing, exclusive: boolean) => {
        if (!exclusive) return async () => cache.put(object);
        const answer = Promise.withResolvers<void>();
        const written = cache.writing(key, async () => {
          await answer.promise;
          cache.put(object, { exclusive });
        });
        return () => {
          answer.resolve();
          return written;
        };
      };
      const arrive = async (due: (at: number) => boolean) => {
        for (const answer of answers.filter(({ at }) => due(at))) await answer.arrive();
        paid();
      };
      const owed = new Map<string, number>();
      let version = 1;
      let watched = 0;
      const paid = () => {
        for (const line of told.splice(0)) {
          const [, key = '', after] = /^(\S+) \S+>(\S+)$/.exec(line) ?? [];
          const shown = after === '-' ? version : Number(after);
          if (shown >= (owed.get(key) ?? 0)) owed.delete(key);
        }
      };
      /** A list that is being taken in, while our writes go on and nothing is watched. */
      let listing: Iterator<void> | undefined;
      const goOn = (pieces: number) => {
        for (let piece = 0; listing && piece < pieces; piece++) if (listing.next().done) listing = undefined;
        paid();
      };
      const watch = (until: number) => {
        for (; watched < until; watched++) {
          const event = events[watched];
          if (event?.type === 'set') set(event.object);
          if (event?.type === 'remove') remove(event.object);
          paid();
        }
      };
      for (const [at, { key, what, late }] of steps.entries()) {
        await arrive((due) => due === at);
        goOn(what === 'watch' || what === 'relist' ? Number.POSITIVE_INFINITY : late);
        if (what === 'watch') watch(Math.min(events.length, watched + late));
        else if (what === 'relist') {
          // What came and went while nobody looked is no change to anybody.
          for (const gone of owed.keys())
            if (!server.has(gone) && cache.get(gone) === undefined) owed.delete(gone);
          listing = replacing([...server.values()], String(version))[Symbol.iterator]();
          watched = events.length;
        } else if (what === 'delete') {
          const old = server.get(key);
          if (old === undefined) continue;
          server.delete(key);
          events.push({ type: 'remove', object: thing(key, ++version, old.metadata.uid) });
          owed.set(key, version);
        } else {
          const object = thing(key, ++version, server.get(key)?.metadata.uid ?? `${key}${version}`);
          server.set(key, object);
          events.push({ type: 'set', object });
          if (what === 'foreign') owed.set(key, version);
          else answers.push({ at: at + 1 + late, arrive: write(key, object, what === 'exclusive') });
        }
      }
      goOn(Number.POSITIVE_INFINITY);
      watch(events.length);
      await arrive((due) => due >= steps.length);
      expect([...cache.values()].map((object) => JSON.stringify(object)).sort()).toEqual(
        [...server.values()].map((object) => JSON.stringify(object)).sort(),
      );
      expect(owed).toEqual(new Map());
    }),
    { numRuns: 10_000 },
  );
});
