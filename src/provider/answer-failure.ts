import { parseRetryAfter } from '../network/retry-after.ts';
import type { HttpAnswer } from './connection.ts';
import { StoreError, type StoreErrorKind } from './errors.ts';

/** The meaning of a code or a status for the caller, with the operator's words for it. */
export type Meaning = readonly [kind: StoreErrorKind, explanation?: string];

/** The meanings that several codes have. */
export const MEANING = {
  badPolicy: ['invalid', 'its policy engine rejects the document'],
  badRequest: ['invalid', 'it says that the request is malformed'],
  clocks: [
    'unreachable',
    "its clock and the operator's differ by more than 15 minutes; correct the wrong one",
  ],
  failedInside: ['unreachable', 'it had an internal error'],
  notOffered: ['unreachable', 'it does not offer this call'],
  overloaded: ['busy', 'it is overloaded'],
  tooLarge: ['invalid', 'the request is too large for it'],
  unknownId: ['credentials', 'it does not know the credentials, or they are disabled there'],
} as const satisfies Readonly<Record<string, Meaning>>;

/** The codes that mean the same in every kind of store. */
export const SHARED_CODES: readonly (readonly [code: string, Meaning])[] = [
  ['NoSuchBucket', ['absent', 'it has no such bucket']],
  ['BucketAlreadyOwnedByYou', ['bucketTaken', 'it has a bucket of that name']],
  ['BucketAlreadyExists', ['bucketTaken', 'somebody else has a bucket of that name']],
  ['AccessDenied', ['refused', 'the credentials lack the permission for it']],
  ['InvalidAccessKeyId', MEANING.unknownId],
  ['SignatureDoesNotMatch', ['credentials', 'the secret access key is wrong']],
  // Neither the request nor the credentials are wrong, and the failure passes without a change of either.
  ['RequestTimeTooSkewed', MEANING.clocks],
  ['MalformedPolicy', MEANING.badPolicy],
  ['InvalidArgument', MEANING.badRequest],
  ['AuthorizationHeaderMalformed', ['invalid', "it has another region: set the store's region to that one"]],
  ['ServiceUnavailable', MEANING.overloaded],
  ['InternalError', MEANING.failedInside],
  ['NotImplemented', MEANING.notOffered],
];

/**
 * Returns the meaning of a status if the body has no known code; undefined if another kind of server sent it.
 */
export function meaningOfStatus(status: number): Meaning | undefined {
  if (status === 429 || status === 503) return ['busy'];
  if (status === 401 || status === 403) return ['refused'];
  if (status === 413) return MEANING.tooLarge;
  if (status >= 300 && status < 400)
    return ['unreachable', 'it redirects to another address, and the operator does not follow it'];
  return undefined;
}

/** A failed answer, and what was asked. */
interface FailedCall {
  readonly purpose: string;
  readonly endpoint: string;
  readonly answer: HttpAnswer;
  /** In ms since 1970. */
  readonly now: number;
}

/** Makes the error of a failed answer: `could not <purpose>: <endpoint> answered <status> <code>: …`. */
export function failureOf(
  { purpose, endpoint, answer, now }: FailedCall,
  code: string | undefined,
  [kind, explanation]: Meaning,
): StoreError {
  const outcome = [`${endpoint} answered ${answer.status}${code === undefined ? '' : ` ${code}`}`];
  if (explanation !== undefined) outcome.push(explanation);
  const retryAfterMs = kind === 'busy' ? parseRetryAfter(answer.retryAfter, now) : undefined;
  return new StoreError(kind, `could not ${purpose}: ${outcome.join(': ')}`, {
    ...(code !== undefined && { code }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}
