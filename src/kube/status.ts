import { parseRetryAfter } from '../network/retry-after.ts';
import { KubeError } from './errors.ts';

/** A refusal of the API server (meta/v1 Status), which is also the object of a watch's ERROR event. */
interface Status {
  readonly message?: unknown;
  readonly reason?: unknown;
  readonly code?: unknown;
  readonly details?: {
    readonly causes?: readonly { readonly reason?: unknown; readonly field?: unknown }[];
    readonly retryAfterSeconds?: unknown;
  };
}

/** The default of `maxMessageLength`: a message of the log is one line. */
const MAX_MESSAGE_LENGTH = 300;
/** Shorter values are no secrets, and may be part of any word. */
const MIN_SECRET_LENGTH = 8;

/** The description of a failed request. */
export interface About {
  /** Verb, resource and name, like "patch secrets shop/photo". */
  readonly about: string;
  /** Values in the request that must not come back in a message. */
  readonly sensitive?: readonly string[] | undefined;
  /** The length at which the server's own sentence is cut, in characters; default 300. */
  readonly maxMessageLength?: number | undefined;
}

/**
 * Makes the error of an answer that isn't a success.
 * @param httpStatus the HTTP status; 0 for a watch event, whose Status itself has the code
 * @param body the parsed body, of any shape
 * @param retryAfter the header of that name: seconds, or a date (RFC 9110, 10.2.3), compared to `now` in ms
 */
export function errorOfStatus(
  { about, sensitive = [], maxMessageLength = MAX_MESSAGE_LENGTH }: About,
  httpStatus: number,
  body: unknown,
  retryAfter: { readonly header: string | undefined; readonly now: number } = { header: undefined, now: 0 },
): KubeError {
  const { message, reason, code, details } = (
    typeof body === 'object' && body !== null ? body : {}
  ) as Status;
  const status = httpStatus || (typeof code === 'number' ? code : 0);
  const word = typeof reason === 'string' ? reason.slice(0, 64) : '';
  const said = typeof message === 'string' ? `: ${withoutValues(message, sensitive, maxMessageLength)}` : '';
  const causes = Array.isArray(details?.causes) ? details.causes : [];
  return new KubeError('answered', `${about}: ${status}${word && ` ${word}`}${said}`, {
    status,
    reason: word,
    causes: causes.map(({ reason, field }) => ({ reason: text(reason), field: text(field) })),
    retryAfterMs:
      parseRetryAfter(retryAfter.header, retryAfter.now) ?? secondsToMs(details?.retryAfterSeconds),
  });
}

function withoutValues(message: string, sensitive: readonly string[], maxLength: number): string {
  let rest = message.replaceAll(/\s+/g, ' ');
  for (const value of sensitive) {
    if (value.length >= MIN_SECRET_LENGTH) rest = rest.replaceAll(value, '[redacted]');
  }
  return rest.length > maxLength ? `${rest.slice(0, maxLength)}…` : rest;
}

function secondsToMs(seconds: unknown): number | undefined {
  return typeof seconds === 'number' && seconds > 0 ? seconds * 1_000 : undefined;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, 128) : '';
}

/**
 * Returns the values in a body for `secrets` that no message may show. They are those of `data` and
 * `stringData`, or of a JSON patch, raw and decoded from base64. The longest goes first, so that a shorter
 * one cuts none of them.
 */
export function sensitiveValues(body: unknown): string[] {
  const roots = Array.isArray(body)
    ? body.map((operation: { value?: unknown }) => operation.value)
    : [(body as { data?: unknown }).data, (body as { stringData?: unknown }).stringData];
  const values = roots.flatMap(strings);
  const decoded = values.map((value) => Buffer.from(value, 'base64').toString());
  const inJson = [...values, ...decoded].map((value) => JSON.stringify(value).slice(1, -1));
  return [...new Set([...values, ...decoded, ...inJson])].sort((a, b) => b.length - a.length);
}

function strings(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(strings);
}
