import type { StoreError } from '../errors.ts';
import type { Pair } from '../provider.ts';
import { answerFailure, shapeFailure } from './answer-errors.ts';
import { ShapeError } from './answers.ts';
import type { Connection, HttpAnswer, HttpRequest } from './connection.ts';
import { connectionFailure } from './connection-errors.ts';
import { UnsealError } from './frames.ts';
import { createSealer, open } from './sealing.ts';
import { createSigner, encodePath, encodeQuery, type Query, type Signer } from './signing.ts';

const PREFIX = '/minio/admin/v3/';
const ANSWER_BYTES = 64 * 1024;
const LIST_ANSWER_BYTES = 64 * 1024 * 1024;
/** A list waits until the server has loaded all users, 9 s after its start with 10,000 of them. */
const LIST_TIMEOUT_FACTOR = 4;

/** One call of the administration API. */
export interface AdminCall {
  readonly method: HttpRequest['method'];
  /** After `/minio/admin/v3/`. */
  readonly path: string;
  readonly query?: Query;
  readonly body?: Buffer;
  readonly contentType?: string;
  /** For the message of a failure: `could not <purpose>`. Names objects, never a secret. */
  readonly purpose: string;
  /** Whether the answer lists everything: then it may be long, and take four times as long. */
  readonly list?: boolean;
  /** Who signs, if not the operator. */
  readonly signer?: Signer;
  readonly signal?: AbortSignal | undefined;
}

/** The administration API of one server, as one pair sees it. Everything that fails is a `StoreError`. */
export interface AdminClient {
  /** Sends the call and gives whatever is answered, but for a web page in the place of a success. */
  send(call: AdminCall): Promise<HttpAnswer>;
  /** Sends the call; any answer but a success is thrown as what errors.ts makes of it. */
  request(call: AdminCall): Promise<HttpAnswer>;
  /** The failure that an answer of `send` tells of. */
  failure(call: AdminCall, answer: HttpAnswer): StoreError;
  /** Reads a success by a function of answers.ts; a wrong shape is `unreachable`. */
  read<T>(call: AdminCall, parse: (body: Buffer) => T): Promise<T>;
  /** The same for an answer that the server seals. */
  readSealed<T>(call: AdminCall, parse: (body: Buffer) => T | Promise<T>): Promise<T>;
  /** JSON, sealed for a request's body. */
  seal(value: unknown): Promise<Buffer>;
  /** Signs as somebody else, for the `signer` of a call. */
  signerFor(pair: Pair): Signer;
}

export interface AdminClientOptions {
  readonly connection: Connection;
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: Pair;
  readonly timeoutMs: number;
  readonly now: () => number;
}

/** Makes the client; it opens nothing and closes nothing, the connection belongs to the caller. */
export function createAdminClient(options: AdminClientOptions): AdminClient {
  const { connection, endpoint, region, credentials, timeoutMs, now } = options;
  const sign = createSigner(credentials, region);
  const seal = createSealer(credentials.secretAccessKey);
  /** Takes turns with other stores for what opening an answer costs. */
  const owner = {};

  async function send(call: AdminCall): Promise<HttpAnswer> {
    const {
      method,
      path,
      query = [],
      body,
      contentType,
      purpose,
      list = false,
      signer = sign,
      signal,
    } = call;
    const fullPath = `${PREFIX}${path}`;
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
      timeoutMs: list ? timeoutMs * LIST_TIMEOUT_FACTOR : timeoutMs,
      maxAnswerBytes: list ? LIST_ANSWER_BYTES : ANSWER_BYTES,
      ...(signal && { signal }),
    });
    // What stands in front of a server, or in its place, says 200 to anything with a page for people.
    if (isSuccess(answer) && answer.contentType.startsWith('text/html')) {
      throw shapeFailure(purpose, endpoint, 'it sent a web page');
    }
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
      return shaped(call, async () =>
        parse(await open(credentials.secretAccessKey, body, owner, call.signal)),
      );
    },
    seal: (value) => seal(Buffer.from(JSON.stringify(value))),
    signerFor: (pair) => createSigner(pair, region),
  };
}

function isSuccess(answer: HttpAnswer): boolean {
  return answer.status >= 200 && answer.status <= 299;
}
