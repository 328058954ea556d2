/** An application that reads its pair from a Secret again and again, and works with it all the while. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'minio';
import type { Bed } from '../../bed/bed.ts';
import type { MinioData } from '../../bed/minio.ts';
import { type NamespacedRef, readPair, s3Client, s3Outcome } from './fixtures.ts';

export interface Reader {
  /** The id of the pair that it uses now. */
  readonly accessKeyId: string;
  readonly requests: number;
  /** The outcomes of its requests other than 'ok', with the time; none if all is well. */
  readonly refusals: readonly string[];
  /** Ends it, when its last request is answered. */
  stop(): Promise<void>;
}

const READ_EVERY_MS = 100;

/**
 * Starts it: so many requests a second, whether or not earlier ones have been answered, with the pair that it read
 * last.
 * @param work one request
 * @param options.store takes the requests; default: the bed's MinIO
 * @param options.ratePerS default: 50
 */
export async function startReader(
  bed: Bed,
  secret: NamespacedRef,
  work: (client: Client) => Promise<unknown>,
  { store = bed.minio, ratePerS = 50 }: { store?: Pick<MinioData, 'endpoint'>; ratePerS?: number } = {},
): Promise<Reader> {
  let pair = await readPair(bed, secret);
  let client = s3Client(store, pair);
  let ended = false;
  let requests = 0;
  const refusals: string[] = [];
  const underWay = new Set<Promise<void>>();

  async function request(): Promise<void> {
    requests += 1;
    const { accessKeyId } = pair;
    const outcome = await s3Outcome(work(client)).catch((error: unknown) => String(error));
    if (outcome !== 'ok') refusals.push(`${new Date().toISOString()} ${accessKeyId}: ${outcome}`);
  }
  async function reading(): Promise<void> {
    while (!ended) {
      const now = await readPair(bed, secret);
      if (now.accessKeyId !== pair.accessKeyId) {
        pair = now;
        client = s3Client(store, pair);
      }
      await sleep(READ_EVERY_MS);
    }
  }
  const timer = setInterval(() => {
    const one = request().finally(() => underWay.delete(one));
    underWay.add(one);
  }, 1_000 / ratePerS);
  const read = reading();
  // Awaited at its end.
  read.catch(() => {});
  return {
    get accessKeyId() {
      return pair.accessKeyId;
    },
    get requests() {
      return requests;
    },
    refusals,
    async stop() {
      ended = true;
      clearInterval(timer);
      await read;
      await Promise.all(underWay);
    },
  };
}
