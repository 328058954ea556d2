import { sleep } from '../../runtime/sleep.ts';
import type { HttpAnswer } from '../connection.ts';
import { ShapeError } from '../json-members.ts';
import type { PacedConnection } from '../paced-connection.ts';
import type { Pair } from '../provider.ts';
import { answerFailure, isThrottled, shapeFailure } from './answer-errors.ts';
import { formOf, type Parameters } from './query.ts';
import { type Service, signRequest } from './signing.ts';
import { childOf, parseXml, type XmlElement } from './xml.ts';

const FORM = 'application/x-www-form-urlencoded; charset=utf-8';
/** Enough for a page of a thousand users with the longest names and paths. */
const MAX_ANSWER_BYTES = 2 * 1024 * 1024;

/** The mean waits before a throttled request is sent again, in ms. */
const THROTTLE_WAITS_MS = [300, 900];

/** The actions that change nothing. */
const READS = /^(?:Get|List)/;

/** One call of an action. */
interface IamCall {
  readonly action: string;
  readonly parameters: Parameters;
  /** For the message of a failure: `could not <purpose>`. Names objects, never a secret. */
  readonly purpose: string;
  /** Default: iam. */
  readonly service?: Service;
  /** Default: the operator. */
  readonly signer?: Pair;
  /** True if the call takes effect twice when it is sent twice. Default: false. */
  readonly once?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** The actions of one endpoint, as one pair may call them. Every failure is a `StoreError`. */
export interface IamClient {
  /** Calls an action, and parses its result by a function of answers.ts. A wrong shape is `unreachable`. */
  ask<T>(call: IamCall, parse: (result: XmlElement) => T): Promise<T>;
  /** Calls an action without a result. */
  tell(call: IamCall): Promise<void>;
}

/** Options of a client of one endpoint. */
export interface IamClientOptions {
  readonly connection: Pick<PacedConnection, 'host' | 'request'>;
  readonly endpoint: string;
  /** The region in signatures. AWS's IAM has one for each of its partitions. */
  readonly region: string;
  readonly credentials: Pair;
  readonly now: () => number;
  /** Returns a number from 0 to 1. Default: Math.random. */
  readonly random?: () => number;
}

/** Makes the client. It opens and closes nothing, since the connection belongs to the caller. */
export function createIamClient(options: IamClientOptions): IamClient {
  const { connection, endpoint, region, credentials, now, random = Math.random } = options;

  /**
   * Asks again what the server throttles, as AWS's own clients do: three times at most, after waits that
   * grow. Meanwhile the connection admits fewer requests at a time.
   */
  async function ask<T>(call: IamCall, parse: (result: XmlElement) => T): Promise<T> {
    for (const waitMs of THROTTLE_WAITS_MS) {
      try {
        return await askOnce(call, parse);
      } catch (error) {
        if (!isThrottled(error)) throw error;
        await sleep(waitMs * (0.5 + random()), call.signal);
        if (call.signal?.aborted) throw error;
      }
    }
    return askOnce(call, parse);
  }

  async function askOnce<T>(call: IamCall, parse: (result: XmlElement) => T): Promise<T> {
    const { action, parameters, purpose, service = 'iam', signer = credentials, once = false, signal } = call;
    const body = formOf(service, action, parameters);
    const failureOf = (answer: HttpAnswer) => answerFailure(purpose, endpoint, answer, now());
    const answer = await connection.request({
      method: 'POST',
      target: '/',
      headers: signRequest(
        { service, region, method: 'POST', host: connection.host, path: '/', body, contentType: FORM },
        signer,
        now(),
      ),
      body: Buffer.from(body),
      purpose,
      maxAnswerBytes: MAX_ANSWER_BYTES,
      resend: !once,
      isRead: READS.test(action),
      isBusy: (it) => it.status !== 200 && failureOf(it).kind === 'busy',
      ...(signal && { signal }),
    });
    if (answer.status !== 200) throw failureOf(answer);
    try {
      return parse(resultOf(parseXml(answer.body), action));
    } catch (error) {
      if (error instanceof ShapeError) throw shapeFailure(purpose, endpoint, error.message);
      throw error;
    }
  }

  return { ask, tell: (call) => ask(call, () => {}) };
}

/**
 * Returns the result in an answer. An answer without one stands for itself: the actions that return nothing
 * have none. The name of the answer is no proof: Ceph answers DeleteUserPolicy with a
 * DeleteUserPoliciesResponse.
 */
function resultOf(root: XmlElement, action: string): XmlElement {
  if (!root.name.endsWith('Response')) throw new ShapeError('the answer is no response to an action');
  return childOf(root, `${action}Result`) ?? root;
}
