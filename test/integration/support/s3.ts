/** S3 as somebody uses it who has a pair. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'minio';
import type { Pair } from '../../../src/provider/provider.ts';
import type { MinioData } from '../../bed/minio.ts';

/** An S3 client that signs with the pair and tries nothing twice. */
export function s3Client({ endpoint }: Pick<MinioData, 'endpoint'>, pair: Pair): Client {
  const { hostname, port, protocol } = new URL(endpoint);
  return new Client({
    endPoint: hostname,
    port: Number(port),
    useSSL: protocol === 'https:',
    accessKey: pair.accessKeyId,
    secretKey: pair.secretAccessKey,
    region: 'us-east-1',
    retryOptions: { disableRetry: true },
  });
}

/** Returns the outcome of a call to S3: 'ok', or the code of its refusal. Throws any other failure. */
export async function s3Outcome(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'ok';
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (typeof code !== 'string') throw error;
    return code;
  }
}

/** Makes a bucket that no other test uses, with one object `hello` in it. @returns its name */
export async function makeBucket({ minio }: { readonly minio: MinioData }, prefix: string): Promise<string> {
  const name = `${prefix}-${randomBytes(4).toString('hex')}`;
  const root = s3Client(minio, { accessKeyId: minio.rootUser, secretAccessKey: minio.rootPassword });
  await root.makeBucket(name);
  await root.putObject(name, 'hello', 'hello');
  return name;
}

/** Reads the object `hello` of a bucket; of a HEAD request that is refused one wouldn't learn why. */
export async function readHello(s3: Client, bucket: string): Promise<void> {
  (await s3.getObject(bucket, 'hello')).destroy();
}

/** The use of a key during a test: the number of calls, and every outcome but 'ok'. */
export interface Use {
  readonly times: number;
  readonly refusals: readonly string[];
}

/**
 * Does a request again and again while `work` runs, once before it begins and twice after it has ended.
 * @returns what `work` gave, and what came of the requests
 */
export async function inUse<T>(
  use: () => Promise<unknown>,
  work: () => Promise<T>,
): Promise<{ result: T; use: Use }> {
  const refusals: string[] = [];
  let times = 0;
  const once = async () => {
    const outcome = await s3Outcome(use());
    times += 1;
    if (outcome !== 'ok') refusals.push(outcome);
  };
  await once();
  let over = false;
  const result = work().finally(() => {
    over = true;
  });
  // Awaited below.
  result.catch(() => {});
  while (!over) {
    await once();
    await sleep(5);
  }
  await once();
  return { result: await result, use: { times, refusals } };
}
