/**
 * The reflector against the real API server, with every way in which a watch can break: after each, what was made,
 * edited and deleted meanwhile is in the cache, and each change was reported.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createKubeClient } from '../../../src/kube/client.ts';
import type { ConfigMap } from '../../../src/kube/objects.ts';
import { kubeResource } from '../../../src/kube/resource.ts';
import type { OnChange } from '../../../src/runtime/cache.ts';
import { createReflector, type Reflector, type ReflectorOptions } from '../../../src/runtime/reflector.ts';
import { createReflectors } from '../../../src/runtime/reflectors.ts';
import { type Proxy as FaultProxy, type Hook, startProxy } from '../../bed/proxy.ts';
import { bedContext } from '../support/bed-context.ts';

const { bed, namespace: makeNamespace } = await bedContext();

const connect = (server: string) =>
  createKubeClient(
    {
      server: new URL(server),
      headers: {},
      namespace: undefined,
      tls: async () => ({ ca: bed.caPem }),
      authorization: async () => `Bearer ${bed.adminToken}`,
    },
    { userAgent: 'test', timeoutMs: 10_000 },
  );
const configMaps = (client: ReturnType<typeof connect>) =>
  kubeResource<ConfigMap>({ client, group: '', version: 'v1', plural: 'configmaps', namespaced: true });

const direct = connect(bed.server);
const maps = configMaps(direct);
let proxy: FaultProxy;
let through: ReturnType<typeof connect>;
let namespace: string;
let running: Reflector<ConfigMap>[] = [];

beforeAll(async () => {
  proxy = await startProxy(bed.server, { ca: bed.caPem });
  through = connect(proxy.url);
});
beforeEach(async () => {
  namespace = await makeNamespace('reflector');
});
afterEach(async () => {
  proxy.onRequest(undefined);
  await Promise.all(running.map((reflector) => reflector.stop()));
  running = [];
});
afterAll(async () => {
  await Promise.all([through.close(), direct.close()]);
  await proxy.close();
});

/** Without the ConfigMap that Kubernetes itself puts into each namespace. */
const selection = () => ({ namespace, labelSelector: 'test=yes' });
const make = (name: string, value = '1') =>
  maps.create({ metadata: { name, namespace, labels: { test: 'yes' } }, data: { value } });
const edit = (name: string, value: string) => maps.patch(name, namespace, { data: { value } });
const remove = (name: string) => maps.delete(name, namespace);

/** A reflector through the proxy that has synced; `told` has "name before>after" for each report. */
async function start(
  options: Partial<ReflectorOptions<ConfigMap, ConfigMap>> = {},
  onChange?: OnChange<ConfigMap>,
) {
  const told: string[] = [];
  const warnings: string[] = [];
  const log = {
    debug: () => {},
    info: () => {},
    warn: (fields: object, message: string) =>
      void warnings.push(`${message} ${'err' in fields ? fields.err : ''}`),
    error: (_: object, message: string) => void warnings.push(message),
  };
  const reflector = createReflector<ConfigMap, ConfigMap>({
    name: 'configmaps',
    source: configMaps(through).listWatch(selection()),
    transform: (raw) => raw,
    log,
    pageSize: 2,
    backoff: { baseMs: 50, maxMs: 400 },
    ...options,
  });
  running.push(reflector);
  const tell: OnChange<ConfigMap> = (_, before, after) => {
    told.push(
      `${(after ?? before)?.metadata.name} ${before?.data?.['value'] ?? '-'}>${after?.data?.['value'] ?? '-'}`,
    );
  };
  reflector.start(onChange ?? tell);
  await reflector.synced;
  const content = () =>
    [...reflector.cache.values()].map(({ metadata, data }) => `${metadata.name} ${data?.['value']}`).sort();
  return { ...reflector, reflector, told, warnings, content };
}

/** Waits until the cache has exactly what the API server has. */
async function catchUp({ content }: { content: () => string[] }, ms = 15_000) {
  const { items } = await maps.list(selection());
  const wanted = items.map(({ metadata, data }) => `${metadata.name} ${data?.['value']}`).sort();
  await expect.poll(content, { timeout: ms, interval: 20 }).toEqual(wanted);
}

const isWatch = (path: string) => path.includes('watch=true') && path.includes(namespace);
/** A list of one object only asks for the version. */
const isList = (path: string) => path.includes(namespace) && !/watch=true|limit=1$/.test(path);
const lists = () => proxy.requests.filter(({ path }) => isList(path)).length;
const watches = () => proxy.requests.filter(({ path }) => isWatch(path)).length;
/** Waits for one more watch to be asked for. */
const watching = async (n: number) =>
  expect.poll(watches, { timeout: 10_000, interval: 10 }).toBeGreaterThanOrEqual(n);

test('a reflector lists in pages, then follows, and reports each object and change once', async () => {
  for (const name of ['a', 'b', 'c', 'd', 'e']) await make(name);
  const running = await start();
  expect(running.hasSynced()).toBe(true);
  expect(running.content()).toHaveLength(5);
  expect(lists()).toBe(3);
  await edit('a', '2');
  await remove('b');
  await make('f');
  await catchUp(running);
  expect(running.told.sort()).toEqual([
    'a ->1',
    'a 1>2',
    'b ->1',
    'b 1>-',
    'c ->1',
    'd ->1',
    'e ->1',
    'f ->1',
  ]);
  expect([lists(), watches(), running.warnings]).toEqual([3, 1, []]);
});

describe('a watch loses nothing although', () => {
  /** Breaks the watch, makes changes while every new one is held back, lets go, and looks at what came of it. */
  async function broken(
    breakIt: () => Promise<void> | void,
    options: Partial<ReflectorOptions<ConfigMap, ConfigMap>> = {},
  ) {
    for (const name of ['keep', 'edit', 'gone']) await make(name);
    const state = await start(options);
    await watching(1);
    state.told.length = 0;
    const listsBefore = lists();
    await breakIt();
    await edit('edit', '2');
    await remove('gone');
    await make('new');
    proxy.onRequest(undefined);
    await catchUp(state);
    expect(state.told.sort()).toEqual(['edit 1>2', 'gone 1>-', 'new ->1']);
    await edit('keep', '3');
    await catchUp(state);
    return { ...state, listed: lists() - listsBefore };
  }
  const hold: Hook = ({ path }) => (isWatch(path) || isList(path) ? { do: 'reset' } : undefined);

  test('the connection is reset, and refused for a while', async () => {
    const { listed, warnings } = await broken(async () => {
      await proxy.down();
      proxy.onRequest(hold);
      await new Promise((resolve) => setTimeout(resolve, 300));
      await proxy.up();
    });
    expect(listed).toBe(0);
    expect(warnings[0]).toMatch(/^watch failed and will be retried KubeError: watch configmaps: /);
  });

  test('the server answers 500, and 429 whose Retry-After is kept', async () => {
    let refused = 0;
    const { listed, warnings } = await broken(async () => {
      proxy.onRequest(({ path }) => {
        if (!isWatch(path)) return undefined;
        refused++;
        return refused % 2
          ? { do: 'answer', status: 500, body: '{"kind":"Status","message":"oops","reason":"InternalError"}' }
          : { do: 'answer', status: 429, headers: { 'retry-after': '1' }, body: '' };
      });
      await proxy.down();
      await proxy.up();
      await expect.poll(() => refused, { timeout: 10_000 }).toBeGreaterThanOrEqual(3);
    });
    expect(listed).toBe(0);
    expect(warnings.join()).toContain('500 InternalError: oops');
  });

  test('the server answers 410 Gone: it lists again, and reports as deleted what went meanwhile', async () => {
    let gone = 0;
    const { listed } = await broken(async () => {
      proxy.onRequest(({ path }) => {
        if (isWatch(path) && gone++ === 0)
          return { do: 'answer', status: 410, body: '{"kind":"Status","reason":"Expired"}' };
        return hold({ n: 0, method: 'GET', path, headers: {} });
      });
      await proxy.down();
      await proxy.up();
      await expect.poll(() => gone, { timeout: 10_000 }).toBeGreaterThanOrEqual(1);
    });
    expect(listed).toBeGreaterThanOrEqual(1);
  });

  test('an ERROR event says that the version has expired', async () => {
    let told = 0;
    const status = '{"kind":"Status","code":410,"reason":"Expired","message":"too old resource version"}';
    const { listed } = await broken(async () => {
      proxy.onRequest(({ path }) => {
        if (isWatch(path) && told++ === 0)
          return { do: 'answer', status: 200, body: `{"type":"ERROR","object":${status}}\n` };
        return hold({ n: 0, method: 'GET', path, headers: {} });
      });
      await proxy.down();
      await proxy.up();
      await expect.poll(() => told, { timeout: 10_000 }).toBeGreaterThanOrEqual(1);
    });
    expect(listed).toBeGreaterThanOrEqual(1);
  });

  test('a line is cut: what came before counts, and the rest comes again', async () => {
    let n = 0;
    const before = watches();
    const { listed, warnings } = await broken(async () => {
      proxy.onRequest(({ path }) => (isWatch(path) && n++ === 0 ? { do: 'cut', afterLines: 1 } : undefined));
      await proxy.down();
      await proxy.up();
      await expect.poll(() => n, { timeout: 10_000 }).toBeGreaterThanOrEqual(1);
    });
    expect(listed).toBe(0);
    expect(watches()).toBeGreaterThanOrEqual(before + 3);
    expect(warnings.length).toBeGreaterThanOrEqual(2);
  });

  test.each([
    ['a line that is not JSON', '{"type":\n'],
    ['cut off in the middle of a line', '{"type":"ADDED","object":{'],
  ])('%s', async (message, body) => {
    let n = 0;
    const { listed, warnings } = await broken(async () => {
      proxy.onRequest(({ path }) =>
        isWatch(path) && n++ === 0
          ? { do: 'answer', status: 200, body }
          : hold({ n, method: 'GET', path, headers: {} }),
      );
      await proxy.down();
      await proxy.up();
      await expect.poll(() => n, { timeout: 10_000 }).toBeGreaterThanOrEqual(1);
    });
    expect(listed).toBe(0);
    expect(warnings.join()).toContain(message);
  });

  test('nothing comes and the connection stays open', async () => {
    let n = 0;
    const { listed } = await broken(
      async () => {
        proxy.onRequest(({ path }) =>
          isWatch(path) && n++ === 0 ? { do: 'hang', afterBytes: 1 } : undefined,
        );
        await proxy.down();
        await proxy.up();
        await expect.poll(() => n, { timeout: 10_000 }).toBeGreaterThanOrEqual(1);
      },
      { idleTimeoutMs: 1_000 },
    );
    expect(listed).toBe(0);
  });

  test('the server ends it in time, again and again', async () => {
    const { listed, warnings } = await broken(() => {}, { watchTimeoutMs: 1_000, random: () => 0 });
    const before = watches();
    await watching(before + 2);
    expect([listed, warnings]).toEqual([0, []]);
  });

  test('the API server is killed and started again', async () => {
    const { listed } = await broken(async () => {
      await bed.apiserver.stop('SIGKILL');
      await bed.apiserver.start();
    });
    expect(listed).toBeLessThanOrEqual(4);
  });
});

test('a server that has gone back in time, which waits in silence, is noticed and listed again', async () => {
  await make('a');
  const state = await start({ idleTimeoutMs: 1_000 });
  await watching(1);
  const body = JSON.stringify({
    type: 'BOOKMARK',
    object: { metadata: { resourceVersion: '900000000000' } },
  });
  let n = 0;
  proxy.onRequest(({ path }) =>
    isWatch(path) && n++ === 0 ? { do: 'answer', status: 200, body: `${body}\n` } : undefined,
  );
  await proxy.down();
  await proxy.up();
  await expect.poll(() => n, { timeout: 10_000 }).toBeGreaterThanOrEqual(1);
  await edit('a', '2');
  await catchUp(state, 30_000);
  expect(state.warnings.join()).toContain('the server has gone back in time');
});

describe('a list', () => {
  test('that fails halfway is begun again, and the cache stays as it was until it is whole', async () => {
    for (const name of ['a', 'b', 'c']) await make(name);
    let pages = 0;
    proxy.onRequest(({ path }) =>
      isList(path) && path.includes('continue=') && pages++ < 4 ? { do: 'cut', afterBytes: 20 } : undefined,
    );
    const state = await start();
    expect(pages).toBeGreaterThanOrEqual(4);
    expect(state.told.sort()).toEqual(['a ->1', 'b ->1', 'c ->1']);
  });

  const tokensExpire: Hook = ({ path }) =>
    isList(path) && path.includes('continue=')
      ? { do: 'answer', status: 410, body: '{"kind":"Status","reason":"Expired"}' }
      : undefined;
  const isStream = (path: string) => path.includes('sendInitialEvents=true');

  test('whose token has expired is streamed, and then followed', async () => {
    for (const name of ['a', 'b', 'c']) await make(name);
    proxy.onRequest(tokensExpire);
    const state = await start();
    expect(state.content()).toEqual(['a 1', 'b 1', 'c 1']);
    expect(proxy.requests.filter(({ path }) => isWatch(path) && isStream(path))).toHaveLength(1);
    await edit('a', '2');
    await remove('b');
    await catchUp(state);
    expect(state.told.slice(3)).toEqual(['a 1>2', 'b 1>-']);
  });

  test('that is streamed takes what changes before its end', async () => {
    for (const name of ['a', 'b', 'c']) await make(name);
    const { items, metadata } = await maps.list(selection());
    const [a, b, c] = items;
    const event = (type: string, object: unknown) => `${JSON.stringify({ type, object })}\n`;
    const end = { resourceVersion: metadata.resourceVersion };
    const early = { metadata: end };
    const last = { metadata: { ...end, annotations: { 'k8s.io/initial-events-end': 'true' } } };
    const body = [
      ...[a, b].map((object) => event('ADDED', { ...object, data: { value: '0' } })),
      event('BOOKMARK', early),
      event('DELETED', b),
      ...[a, c].map((object) => event('MODIFIED', object)),
      event('BOOKMARK', last),
    ].join('');
    proxy.onRequest((request) =>
      isStream(request.path) ? { do: 'answer', status: 200, body } : tokensExpire(request),
    );
    const state = await start();
    expect(state.content()).toEqual(['a 1', 'c 1']);
  });

  test('that is streamed and breaks is begun again', async () => {
    for (const name of ['a', 'b', 'c']) await make(name);
    let streams = 0;
    proxy.onRequest((request) =>
      isStream(request.path)
        ? streams++ < 2
          ? { do: 'cut', afterBytes: 20 }
          : undefined
        : tokensExpire(request),
    );
    const state = await start();
    expect(streams).toBe(3);
    expect(state.content()).toEqual(['a 1', 'b 1', 'c 1']);
  });

  test.for([
    ['has no streamed lists', 422, 'Invalid'],
    ['allows none', 403, 'Forbidden'],
  ] as const)(
    'whose token has expired is asked for in one piece if the server %s',
    async ([, status, reason]) => {
      for (const name of ['a', 'b', 'c']) await make(name);
      proxy.onRequest((request) =>
        isStream(request.path)
          ? { do: 'answer', status, body: JSON.stringify({ kind: 'Status', reason }) }
          : tokensExpire(request),
      );
      const state = await start();
      expect(state.content()).toEqual(['a 1', 'b 1', 'c 1']);
      expect(proxy.requests.filter(({ path }) => isList(path)).at(-1)?.path).not.toContain('limit');
    },
  );

  test('is not asked for in a loop if the server always says that the version has expired', async () => {
    proxy.onRequest(({ path }) =>
      isWatch(path) ? { do: 'answer', status: 410, body: '{"kind":"Status","reason":"Expired"}' } : undefined,
    );
    await start();
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(lists()).toBeLessThan(12);
  });
});

test("an own write's answer is seen at once, and no older event takes it back", async () => {
  await make('a');
  const release = Promise.withResolvers<void>();
  let n = 0;
  const state = await start();
  await watching(1);
  proxy.onRequest(async ({ path }) => {
    if (isWatch(path) && n++ === 0) await release.promise;
    return undefined;
  });
  await proxy.down();
  await proxy.up();
  await edit('a', '2');
  const answer = await edit('a', '3');
  state.cache.put(answer);
  expect(state.content()).toEqual(['a 3']);
  const seen: string[][] = [];
  const polling = setInterval(() => seen.push(state.content()), 1);
  release.resolve();
  await expect.poll(() => state.told, { timeout: 10_000 }).toEqual(['a ->1', 'a 1>3']);
  clearInterval(polling);
  expect(seen.every(([first]) => first === 'a 3')).toBe(true);
  const { metadata } = (await state.cache.get(`${namespace}/a`)) ?? answer;
  const body = { metadata: { resourceVersion: metadata.resourceVersion }, data: { value: '4' } };
  proxy.onRequest(undefined);
  state.cache.put(await maps.patch('a', namespace, body), { exclusive: true });
  await make('b');
  await expect.poll(() => state.told, { timeout: 10_000 }).toContain('b ->1');
  expect(state.content()).toEqual(['a 4', 'b 1']);
});

test('what onChange or transform throws is logged, and ends nothing', async () => {
  await make('a');
  const told: string[] = [];
  const state = await start(
    {
      transform: (raw) => {
        if (raw.data?.['value'] === 'unreadable') throw new Error('unreadable');
        return raw;
      },
    },
    (key) => {
      told.push(key);
      throw new Error('cannot');
    },
  );
  await edit('a', 'unreadable');
  await make('b');
  await expect.poll(() => told.length, { timeout: 10_000 }).toBe(2);
  expect(state.content()).toEqual(['a 1', 'b 1']);
  expect(state.warnings.sort()).toEqual([
    'cannot apply a change to the cache',
    'cannot apply a change to the cache',
    'cannot read an object',
  ]);
});

test('of several namespaces one lists again: what is in the others stays, and nothing of them is reported', async () => {
  const other = await makeNamespace('reflector');
  const makeIn = (where: string, name: string) =>
    maps.create({
      metadata: { name, namespace: where, labels: { test: 'yes' } },
      data: { value: '1' },
    });
  for (const where of [namespace, other]) for (const name of ['keep', 'gone']) await makeIn(where, name);
  const told: string[] = [];
  const { reflectors, cache, hasSynced } = createReflectors<ConfigMap, ConfigMap>({
    name: 'configmaps',
    namespaces: [namespace, other],
    sourceOf: (where) => configMaps(through).listWatch({ namespace: where, labelSelector: 'test=yes' }),
    transform: (raw) => raw,
    log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
    backoff: { baseMs: 50, maxMs: 400 },
  });
  running.push(...reflectors);
  expect(reflectors.map(({ name }) => name)).toEqual([
    `configmaps in ${namespace}`,
    `configmaps in ${other}`,
  ]);
  const tell: OnChange<ConfigMap> = (key, before, after) => {
    told.push(`${key} ${before ? 'there' : '-'}>${after ? 'there' : '-'}`);
  };
  const [first, second] = reflectors;
  first?.start(tell);
  await first?.synced;
  // One of them is not all.
  expect(hasSynced()).toBe(false);
  second?.start(tell);
  await second?.synced;
  expect(hasSynced()).toBe(true);
  expect(cache.size).toBe(4);
  await watching(1);
  told.length = 0;
  const listsBefore = lists();

  // The one's watch expires, while an object goes in each.
  let gone = 0;
  proxy.onRequest(({ path }) =>
    isWatch(path) && gone++ === 0
      ? { do: 'answer', status: 410, body: '{"kind":"Status","reason":"Expired"}' }
      : undefined,
  );
  await proxy.down();
  for (const where of [namespace, other]) await maps.delete('gone', where);
  await proxy.up();
  await expect
    .poll(() => [...cache.values()].map(({ metadata }) => `${metadata.namespace}/${metadata.name}`), {
      timeout: 15_000,
    })
    .toEqual([`${namespace}/keep`, `${other}/keep`]);
  expect(lists()).toBeGreaterThan(listsBefore);
  expect(told.sort()).toEqual([`${namespace}/gone there>-`, `${other}/gone there>-`].sort());
});

test('stop ends the watch, or the list, and asks for nothing more', async () => {
  const state = await start();
  await watching(1);
  const stuck = createReflector<ConfigMap, ConfigMap>({
    name: 'stuck',
    source: configMaps(through).listWatch(selection()),
    transform: (raw) => raw,
    log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
  });
  const release = Promise.withResolvers<void>();
  const held = Promise.withResolvers<void>();
  proxy.onRequest(async () => {
    held.resolve();
    await release.promise;
    return undefined;
  });
  stuck.start(() => {});
  await held.promise;
  await Promise.all([state.reflector.stop(), stuck.stop()]);
  const asked = proxy.requests.length;
  release.resolve();
  await make('late');
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect([proxy.requests.length, stuck.hasSynced(), state.content(), state.warnings]).toEqual([
    asked,
    false,
    [],
    [],
  ]);
});
