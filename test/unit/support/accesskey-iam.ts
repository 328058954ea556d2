/**
 * A small evaluator of IAM documents, written from what MinIO does (github.com/minio/pkg, policy and wildcard) and
 * not from what the operator writes, so that the two can be held against each other.
 */
import { posix } from 'node:path';

export interface IamRequest {
  readonly action: string;
  readonly bucket: string;
  /** Absent for a request that is about the bucket, or about none. */
  readonly object?: string;
  /** The values of `s3:prefix` that the request carries. */
  readonly prefixValues?: readonly string[];
  /** The version that the request names, itself or as a copy's source; none, if left out. */
  readonly versionId?: string;
}

interface Statement {
  readonly Effect?: unknown;
  readonly Action?: unknown;
  readonly Resource?: unknown;
  readonly Condition?: unknown;
}

/** True if a user with this document alone may do that: no statement denies it, and one allows it. */
export function isAllowed(document: Readonly<Record<string, unknown>>, request: IamRequest): boolean {
  const applying = (document['Statement'] as Statement[]).filter((statement) => applies(statement, request));
  return (
    applying.some(({ Effect }) => Effect === 'Allow') && !applying.some(({ Effect }) => Effect === 'Deny')
  );
}

/** `*` is any text, slashes and nothing included; `?` is any one character. */
export function matchesWildcard(pattern: string, text: string): boolean {
  let at = 0;
  let next = 0;
  let star = -1;
  let resumeAt = 0;
  while (at < text.length) {
    if (pattern[next] === '*') {
      star = next++;
      resumeAt = at;
    } else if (next < pattern.length && (pattern[next] === '?' || pattern[next] === text[at])) {
      next++;
      at++;
    } else if (star >= 0) {
      next = star + 1;
      at = ++resumeAt;
    } else {
      return false;
    }
  }
  while (pattern[next] === '*') next++;
  return next === pattern.length;
}

function applies({ Action, Resource, Condition }: Statement, request: IamRequest): boolean {
  const actions = texts(Action);
  // GetObjectVersion implies GetObject there.
  const named =
    actions.some((pattern) => matchesWildcard(pattern, request.action)) ||
    (request.action === 's3:GetObject' && actions.includes('s3:GetObjectVersion'));
  if (!named) return false;
  if (actions.every((action) => action.startsWith('admin:'))) return true;
  const resource = `${request.bucket}/${(request.object ?? '').replace(/^\//, '')}`;
  const inReach = texts(Resource).some((arn) => {
    const pattern = arn.replace(/^arn:aws:s3:::/, '');
    return cleaned(resource) === pattern || matchesWildcard(pattern, resource);
  });
  return inReach && holds(Condition, request);
}

/** Go's path.Clean. */
function cleaned(path: string): string {
  return posix.normalize(path).replace(/(?<=.)\/$/, '');
}

/** The condition operators that may occur; any other is an error of the test. */
function holds(condition: unknown, { prefixValues: values, versionId = '' }: IamRequest): boolean {
  return Object.entries((condition ?? {}) as Record<string, Record<string, unknown>>).every(
    ([operator, keys]) =>
      Object.entries(keys).every(([key, wanted]) => {
        if (key === 's3:versionid' && operator === 'StringNotEquals') return texts(wanted)[0] !== versionId;
        if (key !== 's3:prefix') throw new Error(`unexpected condition key ${key}`);
        if (operator === 'Null') return (texts(wanted)[0] === 'true') === (values === undefined);
        if (operator !== 'ForAllValues:StringLike') throw new Error(`unexpected operator ${operator}`);
        return (values ?? []).every((value) =>
          texts(wanted).some((pattern) => matchesWildcard(pattern, value)),
        );
      }),
  );
}

function texts(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value]).filter((item) => typeof item === 'string');
}
