import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { LABEL_ACCESS_KEY, LABEL_MANAGED_BY, MANAGED_BY } from '../../../src/api/names.ts';
import type { Pair } from '../../../src/provider/provider.ts';
import type { KubeObject } from '../../bed/api.ts';
import type { Bed } from '../../bed/bed.ts';
import type { MinioData } from '../../bed/minio.ts';
import { lineSplitter } from '../../bed/supervisor-protocol.ts';
import { excuseFor, isRefusal, type Refused } from './excuses.ts';
import { s3Client, s3Outcome, until } from './fixtures.ts';

/** A pair as a Secret showed it for the first time. */
export interface Publication {
  /** The AccessKey, `namespace/name`. */
  readonly key: string;
  /** The AccessKey's; undefined if nothing owns the Secret. */
  readonly uid: string | undefined;
  readonly accessKeyId: string;
  /** Distinguishes secrets without showing them. */
  readonly digest: string;
}

/** One request that somebody made with a published pair. */
export interface Use {
  readonly key: string;
  readonly accessKeyId: string;
  /** The time at which it began, in ms since 1970. */
  readonly at: number;
  /** 'ok', or a refusal's code. */
  readonly outcome: string;
  /** The reason why a refusal was right, by the AccessKey and the Secret at the time. */
  readonly excuse: string | undefined;
}

/** Somebody who uses each pair of the operator's Secrets in a namespace the moment it can be seen. */
export interface PairWatcher {
  /** The outcome for each pair that appeared, by its access key id: 'ok', or a refusal's code. */
  readonly outcomes: ReadonlyMap<string, string>;
  /** Each change of a Secret's pair, in order. */
  readonly published: readonly Publication[];
  readonly uses: readonly Use[];
  /** Every secret access key that was seen, with the id that it came with. */
  readonly secretKeys: ReadonlyMap<string, string>;
  /** Waits until that pair has been used. */
  used(accessKeyId: string): Promise<string>;
  /** Ends it. @throws Error if the watch had ended before, so that it missed changes */
  stop(): Promise<void>;
}

interface PublishedPair {
  readonly key: string;
  readonly uid: string | undefined;
  readonly pair: Pair;
}

interface Event {
  readonly type: string;
  readonly object: KubeObject;
}

/**
 * Watches the namespace's Secrets as the administrator; resolves when the watch has begun.
 * @param options.everyMs goes on using the pairs that Secrets hold, each about that often, as an application does that
 * reads its Secret again
 * @param options.again begins anew if the API server ends the watch; it misses what came and went in between
 * @param options.excuse what else than `excuseFor` finds may be why a pair of this namespace is rightly refused; asked
 * first
 * @param options.onRefused told of each use that was refused without an excuse, at once
 */
export async function watchPairs(
  bed: Bed,
  minio: Pick<MinioData, 'endpoint'>,
  namespace: string,
  options: {
    everyMs?: number;
    again?: boolean;
    excuse?: (refused: Refused) => Promise<string | undefined>;
    onRefused?: (refused: Refused, outcome: string) => Promise<void>;
  } = {},
): Promise<PairWatcher> {
  const outcomes = new Map<string, string>();
  const published: Publication[] = [];
  const uses: Use[] = [];
  const secretKeys = new Map<string, string>();
  /** The pair in each Secret, by the Secret's name. */
  const present = new Map<string, PublishedPair>();
  /** The pair in each Secret before a watch had to begin anew. */
  const former = new Map<string, Pair>();
  const dispatcher = new Agent({ connect: { ca: bed.caPem } });
  const stop = new AbortController();

  /** Without a version: what is there now comes first. */
  async function open(): Promise<AsyncIterable<string>> {
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
    body.setEncoding('utf8');
    return body as AsyncIterable<string>;
  }
  const first = await open();

  async function use({ key, uid, pair }: PublishedPair): Promise<string> {
    const at = Date.now();
    const call = s3Client(minio, pair).listBuckets();
    const outcome = await s3Outcome(call).catch((error: unknown) => String(error));
    const { accessKeyId } = pair;
    const refused = { key, uid, accessKeyId, at: Date.now() };
    const excuse = outcome === 'ok' ? undefined : await excused(refused);
    uses.push({ key, accessKeyId, at, outcome, excuse });
    if (isRefusal(outcome) && excuse === undefined) await options.onRefused?.(refused, outcome);
    return outcome;
  }

  async function excused(refused: Refused): Promise<string | undefined> {
    for (;;) {
      try {
        return (await options.excuse?.(refused)) ?? (await excuseFor(bed.api, refused));
      } catch (error) {
        // A server is away: what it says when it is back is later than the refusal, but all that there is.
        if (stop.signal.aborted) return `nobody could be asked: ${error}`;
        await sleep(500);
      }
    }
  }

  async function hear({ type, object }: Event): Promise<void> {
    const { name, labels, ownerReferences } = object.metadata;
    const [accessKeyId, secretAccessKey] = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'].map((field) =>
      Buffer.from(object.data?.[field] ?? '', 'base64').toString(),
    );
    if (type === 'DELETED' || !accessKeyId || !secretAccessKey) {
      present.delete(name);
      return;
    }
    const before = present.get(name)?.pair ?? former.get(name);
    const pair = { accessKeyId, secretAccessKey };
    const uid = ownerReferences?.find(({ controller }) => controller)?.uid;
    const held = { key: `${namespace}/${labels?.[LABEL_ACCESS_KEY]}`, uid, pair };
    present.set(name, held);
    if (before?.accessKeyId === accessKeyId && before.secretAccessKey === secretAccessKey) return;
    const digest = createHash('sha256').update(secretAccessKey).digest('hex').slice(0, 16);
    published.push({ key: held.key, uid, accessKeyId, digest });
    if (secretKeys.has(secretAccessKey)) return;
    secretKeys.set(secretAccessKey, accessKeyId);
    const outcome = await use(held);
    // An id comes with one secret only; another one would be seen here by its refusal.
    if ((outcomes.get(accessKeyId) ?? 'ok') === 'ok') outcomes.set(accessKeyId, outcome);
  }

  let ended: string | undefined;
  async function read(body: AsyncIterable<string>): Promise<void> {
    const split = lineSplitter((line) => void hear(JSON.parse(line)));
    try {
      for await (const text of body) split(text);
      ended = 'the server ended it';
    } catch (error) {
      if (!stop.signal.aborted) ended = String(error);
    }
  }

  const reading = (async () => {
    await read(first);
    while (options.again && !stop.signal.aborted) {
      await sleep(200);
      const body = await open().catch(() => undefined);
      if (!body) continue;
      // What has gone meanwhile isn't used any more: what is there comes anew.
      for (const [name, { pair }] of present) former.set(name, pair);
      present.clear();
      ended = undefined;
      await read(body);
    }
  })();

  async function goOn(everyMs: number): Promise<void> {
    while (!stop.signal.aborted) {
      const round = [...present];
      for (const [name, held] of round) {
        if (stop.signal.aborted) return;
        // On a busy machine a round is long: what a Secret held at its beginning may be history.
        if (present.get(name) === held) await use(held);
        await sleep(everyMs / round.length);
      }
      if (round.length === 0) await sleep(everyMs);
    }
  }
  const going = options.everyMs === undefined ? undefined : goOn(options.everyMs);

  return {
    outcomes,
    published,
    uses,
    secretKeys,
    used: (accessKeyId) =>
      until(`used: ${accessKeyId}`, async () => outcomes.get(accessKeyId) ?? (ended !== undefined && ended)),
    async stop() {
      stop.abort();
      await Promise.all([reading, going]);
      await dispatcher.destroy();
      if (ended !== undefined && !options.again)
        throw new Error(`the watch of Secrets ended before its time: ${ended}`);
    },
  };
}
