import { failureOf, MEANING, type Meaning, meaningOfStatus, SHARED_CODES } from '../answer-failure.ts';
import type { HttpAnswer } from '../connection.ts';
import { StoreError } from '../errors.ts';
import { childOf, parseXml } from './xml.ts';

const TOO_FAST: Meaning = ['busy', 'it limits the rate of requests'];
const CHANGING: Meaning = ['busy', 'it is still applying an earlier change'];

/**
 * Every known code of AWS, VersityGW and Ceph, and its meaning for the caller. Only codes of this table get
 * into a message.
 */
const CODES: ReadonlyMap<string, Meaning> = new Map<string, Meaning>([
  ...SHARED_CODES,
  ['NoSuchEntity', ['absent', 'it has no such user, access key or policy']],
  ['EntityAlreadyExists', ['taken', 'it has a user of that name']],
  ['InvalidBucketName', MEANING.badRequest],
  ['DeleteConflict', ['inUse', 'the user still has access keys or policies']],
  [
    'LimitExceeded',
    [
      'refused',
      "a limit of its account is reached: raise the account's limit there, or remove what it counts",
    ],
  ],
  ['AccessDeniedException', ['refused', 'the credentials lack the permission for it']],
  ['OptInRequired', ['refused', 'the account is not subscribed to the service']],
  ['InvalidClientTokenId', MEANING.unknownId],
  ['UnrecognizedClientException', MEANING.unknownId],
  ['UserSuspended', ['credentials', 'the user of the credentials is suspended there']],
  ['RequestExpired', MEANING.clocks],
  ['MalformedPolicyDocument', MEANING.badPolicy],
  ['ValidationError', MEANING.badRequest],
  ['InvalidInput', MEANING.badRequest],
  ['InvalidParameterValue', MEANING.badRequest],
  ['MissingParameter', MEANING.badRequest],
  ['IncompleteSignature', MEANING.badRequest],
  ['MissingAuthenticationToken', MEANING.badRequest],
  ['Throttling', TOO_FAST],
  ['ThrottlingException', TOO_FAST],
  ['RequestLimitExceeded', TOO_FAST],
  ['TooManyRequestsException', TOO_FAST],
  ['SlowDown', TOO_FAST],
  ['EntityTemporarilyUnmodifiable', CHANGING],
  ['ConcurrentModification', CHANGING],
  ['ServiceFailure', MEANING.failedInside],
  ['InternalFailure', MEANING.failedInside],
  ['InvalidAction', MEANING.notOffered],
  ['MethodNotAllowed', MEANING.notOffered],
]);

/** By the code alone, AWS and VersityGW don't tell a wrong clock from a wrong secret. */
const WRONG_TIME = /Signature (?:expired|not yet current)/;

const WRONG_PLACE = "write the host and port of its IAM API as the store's IAM endpoint";

/** The meaning of any other status. */
const OTHER_SERVER: Meaning = ['unreachable', `it does not answer as an IAM API does: ${WRONG_PLACE}`];

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
  const known = wrongTime ? MEANING.clocks : code === undefined ? undefined : CODES.get(code);
  const meaning = known ?? meaningOfStatus(answer.status) ?? OTHER_SERVER;
  return failureOf({ purpose, endpoint, answer, now }, code, meaning);
}

/** True if the failure says that the server takes fewer requests at a time. It hasn't done what was asked. */
export function isThrottled(error: unknown): boolean {
  return error instanceof StoreError && error.code !== undefined && CODES.get(error.code) === TOO_FAST;
}

/** True if the failure says that the server doesn't have the call. */
export function isNotOffered(error: unknown): boolean {
  return (
    error instanceof StoreError && error.code !== undefined && CODES.get(error.code) === MEANING.notOffered
  );
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
