import type { AnswerHead, HttpAnswer, HttpRequest } from '../connection.ts';
import { connectionFailure } from '../connection-errors.ts';
import type { StoreError } from '../errors.ts';
import { ShapeError } from '../json-members.ts';
import type { PacedConnection } from '../paced-connection.ts';
import type { Pair } from '../provider.ts';
import { answerFailure, pageFailure, shapeFailure } from './answer-errors.ts';
import { UnsealError } from './frames.ts';
import { createSealer, open, openStream } from './sealing.ts';
import { createSigner, encodePath, encodeQuery, type Query, type Signer } from './signing.ts';

const PREFIX = '/minio/admin/v3/';
const MAX_ANSWER_BYTES = 64 * 1024;

/** One call of the administration API. */
export interface AdminCall {
  readonly method: HttpRequest['method'];
  /** The path after `/minio/admin/v3/`; for S3, after `/`. */
  readonly path: string;
  /** The API of the call. Default: the administration. */
  readonly api?: 'admin' | 's3';
  readonly query?: Query;
  readonly body?: Buffer;
  readonly contentType?: string;
  /** For the message of a failure: `could not <purpose>`. Names objects, never a secret. */
  readonly purpose: string;
  /** True if the server takes long, as it does to list users. Such a call has four times the deadline. */
  readonly slow?: boolean;
  /** The longest deadline, however slow the store is. Default: no limit of its own. */
  readonly maxTimeoutMs?: number;
  /** Default: 64 KiB. */
  readonly maxAnswerBytes?: number;
  /** The signer; default: the operator. */
  readonly signer?: Signer;
  readonly signal?: AbortSignal | undefined;
}

type ReadChunks<T> = (chunks: AsyncIterable<Buffer>) => Promise<T>;

/** The administration API of one server, as one pair sees it. Every failure is a `StoreError`. */
export interface AdminClient {
  /** Sends the call and returns any answer. Throws for a web page in the place of a success. */
  send(call: AdminCall): Promise<HttpAnswer>;
  /** Sends the call and returns a success. Throws the error of any other answer (answer-errors.ts). */
  request(call: AdminCall): Promise<HttpAnswer>;
  /** Makes the error of an answer of `send`. */
  failure(call: AdminCall, answer: HttpAnswer): StoreError;
  /** Parses a success by a function of answers.ts; a wrong shape is `unreachable`. */
  read<T>(call: AdminCall, parse: (body: Buffer) => T): Promise<T>;
  /** Parses a success that the server seals. */
  readSealed<T>(call: AdminCall, parse: (body: Buffer) => T): Promise<T>;
  /**
   * Reads a success as it arrives. `read` may stop before the end; the client then doesn't receive the rest.
   */
  readStream<T>(call: AdminCall, read: ReadChunks<T>): Promise<T>;
  /** Reads a sealed success as it arrives. `read` has to read it to its end. */
  readSealedStream<T>(call: AdminCall, read: ReadChunks<T>): Promise<T>;
  /** Seals JSON for a request's body. */
  seal(value: unknown): Promise<Buffer>;
  /** Makes a signer with another pair, for the `signer` of a call. */
  signerFor(pair: Pair): Signer;
}

/** Options of a client of MinIO's administration. */
export interface AdminClientOptions {
  readonly connection: Pick<PacedConnection, 'host' | 'request'>;
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: Pair;
  /**
   * The owner of the endpoint, who chose it. Stores of one owner take one turn together to open costly
   * answers. Default: the endpoint.
   */
  readonly owner?: string | undefined;
  readonly now: () => number;
}

/** Makes the client. It opens and closes nothing, since the connection belongs to the caller. */
export function createAdminClient(options: AdminClientOptions): AdminClient {
  const { connection, endpoint, region, credentials, owner = endpoint, now } = options;
  const sign = createSigner(credentials, region);
  const seal = createSealer(credentials.secretAccessKey);
  const opening = { secret: credentials.secretAccessKey, owner };

  /** Refuses a page for people. Proxies in front of a server, or in its place, may send one with a 200. */
  function refusePage({ contentType }: AnswerHead, purpose: string): void {
    if (contentType.startsWith('text/html')) throw pageFailure(purpose, endpoint);
  }

  async function send(call: AdminCall, consume?: HttpRequest['consume']): Promise<HttpAnswer> {
    const {
      method,
      path,
      api = 'admin',
      query = [],
      body,
      contentType,
      purpose,
      slow = false,
      maxTimeoutMs,
      maxAnswerBytes = MAX_ANSWER_BYTES,
      signer = sign,
      signal,
    } = call;
    const fullPath = `${api === 's3' ? '/' : PREFIX}${path}`;
    const signed = signer(
      { method, host: connection.host, path: fullPath, query, ...(body && { body }) },
      now(),
    );
    const answer = await connection.request({
      method,
      target: `${encodePath(fullPath)}${query.length > 0 ? '?' : ''}${encodeQuery(query)}`,
      headers: { ...signed, ...(contentType !== undefined && { 'content-type': contentType }) },
      ...(body && { body }),
      purpose,
      slow,
      maxTimeoutMs,
      maxAnswerBytes,
      ...(consume && { consume }),
      ...(signal && { signal }),
    });
    if (isSuccess(answer)) refusePage(answer, purpose);
    return answer;
  }

  const failure = (call: AdminCall, answer: HttpAnswer) =>
    answerFailure(call.purpose, endpoint, answer, now());

  async function request(call: AdminCall): Promise<HttpAnswer> {
    const answer = await send(call);
    if (!isSuccess(answer)) throw failure(call, answer);
    return answer;
  }

  async function shaped<T>(call: AdminCall, work: () => T | Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof ShapeError) throw shapeFailure(call.purpose, endpoint, error.message);
      if (error instanceof UnsealError)
        throw shapeFailure(call.purpose, endpoint, `the answer is ${error.message}`);
      if (call.signal?.aborted) throw connectionFailure(call.purpose, endpoint, 'aborted', 0);
      throw error;
    }
  }

  async function stream<T>(
    call: AdminCall,
    read: (chunks: AsyncIterable<Buffer>, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    let result: { readonly value: T } | undefined;
    const answer = await send(call, async (head, chunks, signal) => {
      refusePage(head, call.purpose);
      result = { value: await shaped(call, () => read(chunks, signal)) };
    });
    if (!result) throw failure(call, answer);
    return result.value;
  }

  return {
    send,
    request,
    failure,
    read: async (call, parse) => {
      const { body } = await request(call);
      return shaped(call, () => parse(body));
    },
    readSealed: async (call, parse) => {
      const { body } = await request(call);
      return shaped(call, async () => parse(await open(body, { ...opening, signal: call.signal })));
    },
    readStream: stream,
    readSealedStream: (call, read) =>
      stream(call, (chunks, signal) => read(openStream(chunks, { ...opening, signal }))),
    seal: (value) => seal(Buffer.from(JSON.stringify(value))),
    signerFor: (pair) => createSigner(pair, region),
  };
}

function isSuccess(answer: HttpAnswer): boolean {
  return answer.status >= 200 && answer.status <= 299;
}
