import { Agent, request } from 'undici';
import { LABEL_MANAGED_BY, MANAGED_BY } from '../../src/api/names.ts';
import type { Bed } from '../bed/bed.ts';
import type { MinioData } from '../bed/minio.ts';
import { lineSplitter } from '../bed/supervisor-protocol.ts';
import { s3Client, s3Outcome, until } from './fixtures.ts';

/** Somebody who uses each pair of the operator's Secrets in a namespace the moment it can be seen. */
export interface PairWatcher {
  /** Of each pair that appeared, by its access key id: what came of the request; 'ok', or a refusal's code. */
  readonly outcomes: ReadonlyMap<string, string>;
  /** Waits until that pair has been used. */
  used(accessKeyId: string): Promise<string>;
  /** Ends it. @throws Error where the watch had ended by itself: then it has seen less than it should */
  stop(): Promise<void>;
}

interface Event {
  readonly type: string;
  readonly object: { readonly data?: Readonly<Record<string, string>> };
}

/** Watches the namespace's Secrets as the administrator; resolves when the watch has begun. */
export async function watchPairs(bed: Bed, minio: MinioData, namespace: string): Promise<PairWatcher> {
  const outcomes = new Map<string, string>();
  const seen = new Set<string>();
  const dispatcher = new Agent({ connect: { ca: bed.caPem } });
  const stop = new AbortController();
  const selector = encodeURIComponent(`${LABEL_MANAGED_BY}=${MANAGED_BY}`);
  const { statusCode, body } = await request(
    `${bed.server}/api/v1/namespaces/${namespace}/secrets?watch=true&timeoutSeconds=3600&labelSelector=${selector}`,
    {
      dispatcher,
      headers: { authorization: `Bearer ${bed.adminToken}` },
      bodyTimeout: 0,
      signal: stop.signal,
    },
  );
  if (statusCode !== 200) throw new Error(`watching Secrets is answered ${statusCode}`);

  async function use(event: Event): Promise<void> {
    const [accessKeyId, secretAccessKey] = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'].map((key) =>
      Buffer.from(event.object.data?.[key] ?? '', 'base64').toString(),
    );
    if (event.type === 'DELETED' || !accessKeyId || !secretAccessKey) return;
    const pair = `${accessKeyId} ${secretAccessKey}`;
    if (seen.has(pair)) return;
    seen.add(pair);
    const client = s3Client(minio, { accessKeyId, secretAccessKey });
    const outcome = await s3Outcome(client.listBuckets()).catch((error: unknown) => String(error));
    // An id comes with one secret only; another one would be seen here by its refusal.
    if ((outcomes.get(accessKeyId) ?? 'ok') === 'ok') outcomes.set(accessKeyId, outcome);
  }

  let ended: string | undefined;
  const split = lineSplitter((line) => void use(JSON.parse(line)));
  const reading = (async () => {
    body.setEncoding('utf8');
    for await (const text of body as AsyncIterable<string>) split(text);
  })().then(
    () => {
      ended = 'the server ended it';
    },
    (error: unknown) => {
      if (!stop.signal.aborted) ended = String(error);
    },
  );

  return {
    outcomes,
    used: (accessKeyId) =>
      until(`used: ${accessKeyId}`, async () => outcomes.get(accessKeyId) ?? (ended !== undefined && ended)),
    async stop() {
      stop.abort();
      await reading;
      await dispatcher.destroy();
      if (ended !== undefined) throw new Error(`the watch of Secrets ended before its time: ${ended}`);
    },
  };
}
