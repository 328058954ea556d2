import { failureOf, MEANING, type Meaning, meaningOfStatus, SHARED_CODES } from '../answer-failure.ts';
import type { HttpAnswer } from '../connection.ts';
import { StoreError } from '../errors.ts';

const STARTING: Meaning = ['busy', 'it is starting'];
const BAD_NAME: Meaning = ['invalid', 'it rejects the name'];

/**
 * Every known code, and its meaning for the caller: MinIO's own codes and its S3 codes. Only codes of this
 * table get into a message.
 */
const CODES: ReadonlyMap<string, Meaning> = new Map<string, Meaning>([
  // Of the region among these: the administration takes any, S3 only its own.
  ...SHARED_CODES,
  ['XMinioAdminNoSuchUser', ['absent', 'it has no such user, or the user is disabled']],
  ['XMinioAdminNoSuchPolicy', ['absent', 'it has no such policy']],
  ['InvalidBucketName', BAD_NAME],
  ['XMinioIAMPolicyInUse', ['inUse', 'the policy is attached to a user or group']],
  ['AllAccessDisabled', ['refused']],
  ['XMinioIAMActionNotAllowed', ['refused', 'it does not allow this for that user']],
  ['XMinioInvalidIAMCredentials', ['refused', 'the name is that of the root user or of a service account']],
  ['XMinioMalformedIAMPolicy', MEANING.badPolicy],
  ['PolicyInvalidName', BAD_NAME],
  ['XMinioInvalidResource', BAD_NAME],
  ['XMinioInvalidObjectName', BAD_NAME],
  ['KeyTooLongError', BAD_NAME],
  ['XMinioAdminInvalidAccessKey', BAD_NAME],
  ['XMinioAdminInvalidSecretKey', ['invalid', 'it rejects the secret access key']],
  ['EntityTooLarge', MEANING.tooLarge],
  ['XMinioAdminConfigTooLarge', MEANING.tooLarge],
  ['XMinioAdminInvalidArgument', MEANING.badRequest],
  ['XMinioAdminConfigBadJSON', MEANING.badRequest],
  ['XAmzContentSHA256Mismatch', MEANING.badRequest],
  ['AuthorizationParametersError', MEANING.badRequest],
  ['MissingContentLength', MEANING.badRequest],
  ['InvalidRequest', MEANING.badRequest],
  ['BadRequest', MEANING.badRequest],
  ['XMinioServerNotInitialized', STARTING],
  ['XMinioIAMNotInitialized', STARTING],
  ['XMinioAdminConfigNoQuorum', ['busy', 'too few of its drives or nodes are online']],
  ['SlowDown', MEANING.overloaded],
  ['SlowDownRead', MEANING.overloaded],
  ['SlowDownWrite', MEANING.overloaded],
  ['RequestTimeout', MEANING.overloaded],
  ['XMinioAdminVersionMismatch', MEANING.notOffered],
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
    ['unreachable', "it accepts only TLS: write https:// in the store's endpoint"],
  ],
  [
    'S3 API Requests must be made to API port',
    ['unreachable', `this is the port of MinIO's console: ${WRONG_PLACE}`],
  ],
];

/**
 * The meaning of any other status. A 404 without a known code isn't "absent", since any HTTP server sends one
 * for what it doesn't serve.
 */
const OTHER_SERVER: Meaning = ['unreachable', `it does not answer as a MinIO store does: ${WRONG_PLACE}`];

function meaningOf({ status, body }: HttpAnswer, code: string | undefined): Meaning {
  const door = WRONG_DOORS.find(([wording]) => status === 400 && body.includes(wording))?.[1];
  return (
    door ?? (code === undefined ? undefined : CODES.get(code)) ?? meaningOfStatus(status) ?? OTHER_SERVER
  );
}

/** Makes the error of a success that is a page for people, as MinIO's console sends it. */
export function pageFailure(purpose: string, endpoint: string): StoreError {
  return shapeFailure(purpose, endpoint, `it sent a web page, as MinIO's console does: ${WRONG_PLACE}`);
}

/** Returns the code of a failed answer, in JSON or XML, if the operator knows it. */
function codeOf(answer: HttpAnswer): string | undefined {
  const text = answer.body.toString('utf8').trimStart();
  const code = text.startsWith('{') ? jsonCode(text) : /<Code>([A-Za-z0-9]{1,64})<\/Code>/.exec(text)?.[1];
  return code !== undefined && CODES.has(code) ? code : undefined;
}

/** Makes the error of a failed answer: `could not <purpose>: <endpoint> answered <status> <code>: …`. */
export function answerFailure(
  purpose: string,
  endpoint: string,
  answer: HttpAnswer,
  now: number,
): StoreError {
  const code = codeOf(answer);
  return failureOf({ purpose, endpoint, answer, now }, code, meaningOf(answer, code));
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

function jsonCode(text: string): string | undefined {
  try {
    const code: unknown = JSON.parse(text).Code;
    return typeof code === 'string' ? code : undefined;
  } catch {
    return undefined;
  }
}
