import { parseRetryAfter } from '../../network/retry-after.ts';
import type { HttpAnswer } from '../connection.ts';
import { StoreError, type StoreErrorKind } from '../errors.ts';

type Meaning = readonly [kind: StoreErrorKind, explanation?: string];

const NO_USER: Meaning = ['absent', 'it has no such user, or has it disabled'];
const NO_POLICY: Meaning = ['absent', 'it has no such policy'];
const NO_RESOURCE: Meaning = ['absent', 'it has no such user or policy'];
const STARTING: Meaning = ['busy', 'it is starting'];
const OVERLOADED: Meaning = ['busy', 'it is overloaded'];
const BAD_POLICY: Meaning = ['invalid', 'its policy engine does not take the document'];
const BAD_NAME: Meaning = ['invalid', 'it does not take the name'];
const TOO_LARGE: Meaning = ['invalid', 'the request is too large for it'];
const BAD_REQUEST: Meaning = ['invalid', 'it calls the request malformed'];

/**
 * Every known code, and its meaning for the caller: MinIO's own codes, its S3 codes, and RustFS's
 * replacements. Only codes of this table get into a message.
 */
const CODES: ReadonlyMap<string, Meaning> = new Map<string, Meaning>([
  ['XMinioAdminNoSuchUser', NO_USER],
  ['NoSuchUser', NO_USER],
  ['XMinioAdminNoSuchPolicy', NO_POLICY],
  ['NoSuchPolicy', NO_POLICY],
  ['NoSuchResource', NO_RESOURCE],
  ['NoSuchBucket', ['absent', 'it has no such bucket']],
  ['BucketAlreadyOwnedByYou', ['taken', 'it has a bucket of that name']],
  ['BucketAlreadyExists', ['taken', 'somebody else has a bucket of that name']],
  ['InvalidBucketName', BAD_NAME],
  ['XMinioIAMPolicyInUse', ['inUse', 'the policy is attached to a user or group']],
  ['AccessDenied', ['refused', 'the credentials lack the permission for it']],
  ['AllAccessDisabled', ['refused']],
  ['XMinioIAMActionNotAllowed', ['refused', 'it does not allow this for that user']],
  ['XMinioInvalidIAMCredentials', ['refused', 'the name is that of the root user or of a service account']],
  ['InvalidAccessKeyId', ['credentials', 'it does not know the credentials, or has them disabled']],
  ['SignatureDoesNotMatch', ['credentials', 'the secret access key is not the right one']],
  // Neither the request nor the credentials are wrong, and the failure passes without a change of either.
  [
    'RequestTimeTooSkewed',
    ['unreachable', 'its clock and ours are more than 15 minutes apart: correct the one that is wrong'],
  ],
  ['XMinioMalformedIAMPolicy', BAD_POLICY],
  ['MalformedPolicy', BAD_POLICY],
  ['PolicyInvalidName', BAD_NAME],
  ['XMinioInvalidResource', BAD_NAME],
  ['XMinioInvalidObjectName', BAD_NAME],
  ['KeyTooLongError', BAD_NAME],
  ['XMinioAdminInvalidAccessKey', BAD_NAME],
  ['XMinioAdminInvalidSecretKey', ['invalid', 'it does not take the secret access key']],
  ['EntityTooLarge', TOO_LARGE],
  ['XMinioAdminConfigTooLarge', TOO_LARGE],
  ['XMinioAdminInvalidArgument', BAD_REQUEST],
  ['XMinioAdminConfigBadJSON', BAD_REQUEST],
  ['XAmzContentSHA256Mismatch', BAD_REQUEST],
  // The administration takes any region, S3 only its own.
  [
    'AuthorizationHeaderMalformed',
    ['invalid', "it has another region: write that one in the store's region"],
  ],
  ['AuthorizationParametersError', BAD_REQUEST],
  ['MissingContentLength', BAD_REQUEST],
  ['InvalidArgument', BAD_REQUEST],
  ['InvalidRequest', BAD_REQUEST],
  ['BadRequest', BAD_REQUEST],
  ['XMinioAdminPolicyChangeAlreadyApplied', ['invalid', 'there is nothing to change']],
  ['XMinioServerNotInitialized', STARTING],
  ['XMinioIAMNotInitialized', STARTING],
  ['XMinioAdminConfigNoQuorum', ['busy', 'too few of its drives or nodes are there']],
  ['SlowDown', OVERLOADED],
  ['SlowDownRead', OVERLOADED],
  ['SlowDownWrite', OVERLOADED],
  ['RequestTimeout', OVERLOADED],
  ['ServiceUnavailable', OVERLOADED],
  ['InternalError', ['unreachable', 'it failed inside']],
  ['NotImplemented', ['unreachable', 'it does not offer this call']],
  ['XMinioAdminVersionMismatch', ['unreachable', 'it does not offer this call']],
]);

/** The remedy for an endpoint at which another server than a store answers. */
const WRONG_PLACE =
  "write the host and port of its S3 API as the store's endpoint; one behind a path needs a host name or port of its own";

/**
 * The wordings by which servers written in Go, and MinIO's console, refuse a client at the wrong port, and
 * their meanings.
 */
const WRONG_DOORS: readonly (readonly [wording: string, Meaning])[] = [
  [
    'Client sent an HTTP request to an HTTPS server',
    ['unreachable', "it speaks TLS alone: write https:// in the store's endpoint"],
  ],
  [
    'S3 API Requests must be made to API port',
    ['unreachable', `it is MinIO's console, which is for people: ${WRONG_PLACE}`],
  ],
];

/** Returns the meaning of a status where the body has no known code. */
function meaningOfStatus(status: number): Meaning {
  if (status === 429 || status === 503) return ['busy'];
  if (status === 401 || status === 403) return ['refused'];
  if (status === 413) return TOO_LARGE;
  if (status >= 300 && status < 400) return ['unreachable', 'it redirects elsewhere, which is not followed'];
  // A 404 without a known code isn't "absent", since any HTTP server sends one for what it doesn't serve.
  return ['unreachable', `it does not answer as a MinIO store does: ${WRONG_PLACE}`];
}

function meaningOf({ status, body }: HttpAnswer, code: string | undefined): Meaning {
  const door = WRONG_DOORS.find(([wording]) => status === 400 && body.includes(wording))?.[1];
  return door ?? (code === undefined ? undefined : CODES.get(code)) ?? meaningOfStatus(status);
}

/** Makes the error of a success that is a page for people, as MinIO's console sends it. */
export function pageFailure(purpose: string, endpoint: string): StoreError {
  return shapeFailure(
    purpose,
    endpoint,
    `it sent a web page, as MinIO's console does and whatever else is for people: ${WRONG_PLACE}`,
  );
}

/** Returns the code of a failed answer, in JSON or XML, if the operator knows it. */
export function codeOf(answer: HttpAnswer): string | undefined {
  const text = answer.body.toString('utf8').trimStart();
  const code = text.startsWith('{') ? jsonCode(text) : /<Code>([A-Za-z0-9]{1,64})<\/Code>/.exec(text)?.[1];
  return code !== undefined && CODES.has(code) ? code : undefined;
}

/** True if an answer says that the server doesn't have this call. */
export function isNotOffered(answer: HttpAnswer): boolean {
  if (answer.status === 426 || answer.status === 501) return true;
  return answer.status === 404 && codeOf(answer) === undefined;
}

/** Makes the error of a failed answer: `could not <purpose>: <endpoint> answered <status> <code>: …`. */
export function answerFailure(
  purpose: string,
  endpoint: string,
  answer: HttpAnswer,
  now: number,
): StoreError {
  const code = codeOf(answer);
  const [kind, explanation] = meaningOf(answer, code);
  const outcome = [`${endpoint} answered ${answer.status}${code === undefined ? '' : ` ${code}`}`];
  if (explanation !== undefined) outcome.push(explanation);
  const retryAfterMs = kind === 'busy' ? parseRetryAfter(answer.retryAfter, now) : undefined;
  return new StoreError(kind, `could not ${purpose}: ${outcome.join(': ')}`, {
    ...(code !== undefined && { code }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}

/**
 * Makes the error of an answer with the status of a success and a wrong shape. `what` describes it in the
 * operator's words.
 */
export function shapeFailure(purpose: string, endpoint: string, what: string): StoreError {
  return new StoreError(
    'unreachable',
    `could not ${purpose}: ${endpoint} does not answer as a MinIO store does: ${what}`,
  );
}

/** Returns the result of a read or removal, or undefined if the server says that the object doesn't exist. */
export async function ignoreNotFound<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof StoreError && error.kind === 'absent') return undefined;
    throw error;
  }
}

function jsonCode(text: string): string | undefined {
  try {
    const code: unknown = JSON.parse(text).Code;
    return typeof code === 'string' ? code : undefined;
  } catch {
    return undefined;
  }
}
