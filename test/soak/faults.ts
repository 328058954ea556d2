/** The faults of a cluster and its stores in a year, at random, one after the other. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bed } from '../bed/bed.ts';
import type { Minio } from '../bed/minio.ts';
import type { Action, FaultProxy } from '../bed/proxy.ts';
import type { Random } from '../integration/support/seeded-random.ts';

export interface FaultsOptions {
  readonly bed: Bed;
  readonly api: FaultProxy;
  readonly s3: FaultProxy;
  /** Behind `s3`. */
  readonly minio: Minio;
  readonly random: Random;
  /** True if the store may still do what it didn't answer, long after. Only an operator that lives on expects this. */
  readonly late: boolean;
}

/** Begins; gives what ends it. */
type Fault = () => Promise<() => unknown>;

const isWatch = (path: string) => path.includes('watch=true');

/**
 * Lets faults happen until the signal aborts; ends with everything well, and with nothing still to come. @returns how
 * often each was there
 */
export async function suffer(options: FaultsOptions, signal: AbortSignal): Promise<Map<string, number>> {
  const { bed, api, s3, minio, random } = options;
  const late: Promise<unknown>[] = [];

  /** A part of the proxy's requests meets it. */
  const some =
    (proxy: FaultProxy, action: () => Action | Promise<Action>, watches = false): Fault =>
    async () => {
      const share = random.next();
      proxy.onRequest(({ path }) =>
        isWatch(path) === watches && random.next() < share ? action() : undefined,
      );
      return () => proxy.onRequest(undefined);
    };
  const status =
    (code: number, reason: string, headers: Record<string, string> = {}) =>
    (): Action => ({
      do: 'answer',
      status: code,
      headers,
      body: JSON.stringify({
        kind: 'Status',
        apiVersion: 'v1',
        status: 'Failure',
        code,
        reason,
        Code: reason,
      }),
    });
  const hang =
    (proxy: FaultProxy): Fault =>
    async () => {
      const woken = Promise.withResolvers<void>();
      proxy.onRequest(() => ({ do: 'holdAnswer', until: woken.promise }));
      return () => {
        proxy.onRequest(undefined);
        woken.resolve();
      };
    };
  const away =
    (proxy: FaultProxy): Fault =>
    async () => {
      await proxy.down();
      return () => proxy.up();
    };

  const faults: Record<string, Fault> = {
    'API 429': some(api, status(429, 'TooManyRequests', { 'retry-after': '1' })),
    'API 503': some(api, status(503, 'ServiceUnavailable', { 'retry-after': '2' })),
    'API 500': some(api, status(500, 'InternalError')),
    'API conflict': some(api, status(409, 'Conflict')),
    'API reset': some(api, () => ({ do: 'reset' })),
    'API answer lost': some(api, () => ({ do: 'dropAnswer' })),
    'API answer cut': some(api, () => ({ do: 'cut', afterBytes: 100 })),
    'API hangs': hang(api),
    'API away': away(api),
    'watches answered 410': some(api, status(410, 'Expired'), true),
    'watches cut': some(api, () => ({ do: 'cut', afterLines: 1 }), true),
    'watches hang': some(api, () => ({ do: 'hang', afterBytes: 0 }), true),
    'watches without bookmarks': some(api, () => ({ do: 'leaveOut', lines: /"type":"BOOKMARK"/ }), true),
    'API server restarted': async () => {
      await bed.apiserver.stop();
      return () => bed.apiserver.start();
    },
    'etcd compacted': async () => {
      const ask = async (path: string, body: object): Promise<{ header?: { revision?: string } }> =>
        (
          await fetch(`${bed.etcd}/v3/kv/${path}`, { method: 'POST', body: JSON.stringify(body) })
        ).json() as Promise<{
          header?: { revision?: string };
        }>;
      const { header } = await ask('range', { key: 'AA==' });
      await ask('compaction', { revision: header?.revision, physical: true });
      await api.down();
      return () => api.up();
    },
    'store 503': some(s3, status(503, 'SlowDown')),
    'store 503 with Retry-After': some(s3, status(503, 'SlowDown', { 'retry-after': '2' })),
    'store reset': some(s3, () => ({ do: 'reset' })),
    'store answer lost': some(s3, () => ({ do: 'dropAnswer' })),
    'store answer cut': some(s3, () => ({ do: 'cut', afterBytes: 20 })),
    'store nonsense': some(s3, () => ({ do: 'answer', status: 200, body: '{"half' })),
    'store slow': some(s3, async () => {
      await sleep(30_000 * random.next() ** 3);
      return { do: 'pass' };
    }),
    'store away': away(s3),
    'store frozen': async () => {
      await minio.pause();
      return () => minio.resume();
    },
    'store restarted': async () => {
      await minio.stop();
      return () => minio.start();
    },
  };

  if (options.late)
    faults['store late'] = some(s3, () => {
      const done = Promise.withResolvers<number>();
      late.push(done.promise);
      return { do: 'late', until: sleep(20_000 * random.next() ** 3), answered: done.resolve };
    });

  const counts = new Map<string, number>();
  while (!signal.aborted) {
    const name = random.pick(Object.keys(faults));
    const end = await faults[name]?.();
    // Mostly short, and sometimes longer than any deadline.
    await sleep(500 + 25_000 * random.next() ** 4);
    await end?.();
    counts.set(name, (counts.get(name) ?? 0) + 1);
    await sleep(3_000 * random.next());
  }
  await Promise.all(late);
  return counts;
}
