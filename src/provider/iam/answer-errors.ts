import { parseRetryAfter } from '../../network/retry-after.ts';
import type { HttpAnswer } from '../connection.ts';
import { StoreError, type StoreErrorKind } from '../errors.ts';
import { childOf, parseXml } from './xml.ts';

type Meaning = readonly [kind: StoreErrorKind, explanation?: string];

const FAILED_INSIDE: Meaning = ['unreachable', 'it failed inside'];
const NOT_OFFERED: Meaning = ['unreachable', 'it does not offer this call'];
const TOO_FAST: Meaning = ['busy', 'it takes fewer requests at a time'];
const CHANGING: Meaning = ['busy', 'it is still making an earlier change'];
const OVERLOADED: Meaning = ['busy', 'it is overloaded'];
const BAD_REQUEST: Meaning = ['invalid', 'it calls the request malformed'];
const BAD_POLICY: Meaning = ['invalid', 'its policy engine does not take the document'];
const UNKNOWN_ID: Meaning = ['credentials', 'it does not know the credentials, or has them disabled'];
const CLOCKS: Meaning = [
  'unreachable',
  'its clock and ours are more than 15 minutes apart: correct the one that is wrong',
];

/**
 * Every known code of AWS, VersityGW and Ceph, and its meaning for the caller. Only codes of this table get
 * into a message.
 */
const CODES: ReadonlyMap<string, Meaning> = new Map<string, Meaning>([
  ['NoSuchEntity', ['absent', 'it has no such user, access key or policy']],
  ['EntityAlreadyExists', ['taken', 'it has a user of that name']],
  ['NoSuchBucket', ['absent', 'it has no such bucket']],
  ['BucketAlreadyOwnedByYou', ['taken', 'it has a bucket of that name']],
  ['BucketAlreadyExists', ['taken', 'somebody else has a bucket of that name']],
  ['InvalidBucketName', BAD_REQUEST],
  [
    'AuthorizationHeaderMalformed',
    ['invalid', "it has another region: write that one in the store's region"],
  ],
  ['DeleteConflict', ['inUse', 'the user still has access keys or policies']],
  [
    'LimitExceeded',
    [
      'refused',
      "a limit of its account is reached: raise the account's limit there, or remove what it counts",
    ],
  ],
  ['AccessDenied', ['refused', 'the credentials lack the permission for it']],
  ['AccessDeniedException', ['refused', 'the credentials lack the permission for it']],
  ['OptInRequired', ['refused', 'the account is not subscribed to the service']],
  ['InvalidClientTokenId', UNKNOWN_ID],
  ['InvalidAccessKeyId', UNKNOWN_ID],
  ['UnrecognizedClientException', UNKNOWN_ID],
  ['UserSuspended', ['credentials', 'it has the user of the credentials suspended']],
  ['SignatureDoesNotMatch', ['credentials', 'the secret access key is not the right one']],
  ['RequestExpired', CLOCKS],
  ['RequestTimeTooSkewed', CLOCKS],
  ['MalformedPolicyDocument', BAD_POLICY],
  ['MalformedPolicy', BAD_POLICY],
  ['ValidationError', BAD_REQUEST],
  ['InvalidInput', BAD_REQUEST],
  ['InvalidArgument', BAD_REQUEST],
  ['InvalidParameterValue', BAD_REQUEST],
  ['MissingParameter', BAD_REQUEST],
  ['IncompleteSignature', BAD_REQUEST],
  ['MissingAuthenticationToken', BAD_REQUEST],
  ['Throttling', TOO_FAST],
  ['ThrottlingException', TOO_FAST],
  ['RequestLimitExceeded', TOO_FAST],
  ['TooManyRequestsException', TOO_FAST],
  ['SlowDown', TOO_FAST],
  ['EntityTemporarilyUnmodifiable', CHANGING],
  ['ConcurrentModification', CHANGING],
  ['ServiceUnavailable', OVERLOADED],
  ['ServiceFailure', FAILED_INSIDE],
  ['InternalFailure', FAILED_INSIDE],
  ['InternalError', FAILED_INSIDE],
  ['InvalidAction', NOT_OFFERED],
  ['MethodNotAllowed', NOT_OFFERED],
  ['NotImplemented', NOT_OFFERED],
]);

/** By the code alone, AWS and VersityGW don't tell a wrong clock from a wrong secret. */
const WRONG_TIME = /Signature (?:expired|not yet current)/;

const WRONG_PLACE = "write the host and port of its IAM API as the store's IAM endpoint";

/** Returns the meaning of a status where the body has no known code. */
function meaningOfStatus(status: number): Meaning {
  if (status === 429 || status === 503) return ['busy'];
  if (status === 401 || status === 403) return ['refused'];
  if (status === 413) return ['invalid', 'the request is too large for it'];
  if (status >= 300 && status < 400) return ['unreachable', 'it redirects elsewhere, which is not followed'];
  return ['unreachable', `it does not answer as an IAM API does: ${WRONG_PLACE}`];
}

/** Returns the code of a failed answer if the operator knows it. */
export function codeOf({ body }: HttpAnswer): string | undefined {
  try {
    const root = parseXml(body);
    const error = root.name === 'Error' ? root : childOf(root, 'Error');
    const code = childOf(error, 'Code')?.text;
    return code !== undefined && CODES.has(code) ? code : undefined;
  } catch {
    return undefined;
  }
}

/** Makes the error of a failed answer: `could not <purpose>: <endpoint> answered <status> <code>: …`. */
export function answerFailure(
  purpose: string,
  endpoint: string,
  answer: HttpAnswer,
  now: number,
): StoreError {
  const code = codeOf(answer);
  const wrongTime = code === 'SignatureDoesNotMatch' && WRONG_TIME.test(answer.body.toString('utf8'));
  const known = wrongTime ? CLOCKS : code === undefined ? undefined : CODES.get(code);
  const [kind, explanation] = known ?? meaningOfStatus(answer.status);
  const outcome = [`${endpoint} answered ${answer.status}${code === undefined ? '' : ` ${code}`}`];
  if (explanation !== undefined) outcome.push(explanation);
  const retryAfterMs = kind === 'busy' ? parseRetryAfter(answer.retryAfter, now) : undefined;
  return new StoreError(kind, `could not ${purpose}: ${outcome.join(': ')}`, {
    ...(code !== undefined && { code }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}

/** True if the failure says that the server doesn't have the call. */
export function isNotOffered(error: unknown): boolean {
  return error instanceof StoreError && error.code !== undefined && CODES.get(error.code) === NOT_OFFERED;
}

/**
 * Makes the error of a success that isn't of the expected shape. `what` describes it in the operator's words.
 */
export function shapeFailure(purpose: string, endpoint: string, what: string): StoreError {
  return new StoreError(
    'unreachable',
    `could not ${purpose}: ${endpoint} does not answer as an IAM API does: ${what}: ${WRONG_PLACE}`,
  );
}
