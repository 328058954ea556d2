import { parseJson, ShapeError } from '../json-members.ts';
import type { StoredPolicy } from '../policy.ts';
import type { LastUse, Pair } from '../provider.ts';
import { childOf, membersOf, textOf, type XmlElement } from './xml.ts';

/** A user as IAM shows it. Its names come from the server, so the code uses them as data. */
export interface IamUser {
  readonly name: string;
  /** Begins and ends with a slash. */
  readonly path: string;
  readonly arn: string;
  /** In ms since 1970. */
  readonly createdAt: number;
}

/** One access key of a user, without its secret. */
export interface IamKey {
  readonly accessKeyId: string;
  readonly active: boolean;
  /** In ms since 1970. */
  readonly createdAt: number;
}

/** One page of a list, and where the next one begins. */
export interface Page<T> {
  readonly members: readonly T[];
  readonly marker: string | undefined;
}

/** Parses a user. This and the other parsers throw `ShapeError`. */
export function parseUser(user: XmlElement): IamUser {
  return {
    name: textOf(user, 'UserName'),
    path: textOf(user, 'Path'),
    arn: textOf(user, 'Arn'),
    createdAt: timeOf(user),
  };
}

/** The names of all that gives a user rights. */
export interface UserRights {
  /** The names of inline policies, and the ARNs of managed ones. */
  readonly policies: readonly string[];
  readonly groups: readonly string[];
}

/** Parses a user in the details of an account. */
export function parseUserDetail(detail: XmlElement): IamUser & UserRights {
  const inline = membersOf(detail, 'UserPolicyList').map((one) => textOf(one, 'PolicyName'));
  const managed = membersOf(detail, 'AttachedManagedPolicies').map((one) => textOf(one, 'PolicyArn'));
  const groups = membersOf(detail, 'GroupList').map(({ text }) => text);
  return { ...parseUser(detail), policies: [...inline, ...managed], groups };
}

/** Parses the user in the result of CreateUser or GetUser. */
export function parseUserResult(result: XmlElement): IamUser {
  return parseUser(required(result, 'User'));
}

/** Parses a new access key with its secret. */
export function parseNewKey(result: XmlElement): Pair {
  const key = required(result, 'AccessKey');
  const pair = {
    accessKeyId: textOf(key, 'AccessKeyId'),
    secretAccessKey: textOf(key, 'SecretAccessKey'),
  };
  if (pair.accessKeyId === '' || pair.secretAccessKey === '') {
    throw new ShapeError('the answer has half a pair');
  }
  return pair;
}

/** Parses an access key of a list. */
export function parseKey(key: XmlElement): IamKey {
  const status = textOf(key, 'Status');
  // A key whose status is unknown counts as active, since it may be one.
  return {
    accessKeyId: textOf(key, 'AccessKeyId'),
    active: status !== 'Inactive',
    createdAt: timeOf(key),
  };
}

/** Parses the last use of an access key. The date is absent for a key that was never used. */
export function parseLastUse(result: XmlElement): LastUse {
  const text = childOf(childOf(result, 'AccessKeyLastUsed'), 'LastUsedDate')?.text;
  if (!text) return 'never';
  const time = Date.parse(text);
  if (Number.isNaN(time)) throw new ShapeError('the time of the last use is no time');
  return time;
}

/** Makes a parser of a page of `list`. A server that announces another page must say where it begins. */
export function pageOf<T>(list: string, parse: (member: XmlElement) => T): (result: XmlElement) => Page<T> {
  return (result) => {
    const isTruncated = childOf(result, 'IsTruncated')?.text === 'true';
    return {
      members: membersOf(result, list).map(parse),
      marker: isTruncated ? textOf(result, 'Marker') : undefined,
    };
  };
}

/** Parses an inline policy. */
export function parsePolicy(result: XmlElement): StoredPolicy {
  return parseDocument(textOf(result, 'PolicyDocument'));
}

/** Parses the id of a managed policy's default version. */
export function parseManagedPolicy(result: XmlElement): string {
  return textOf(required(result, 'Policy'), 'DefaultVersionId');
}

/** Parses one version in the list of a managed policy's. */
export function parseVersion(version: XmlElement): { readonly id: string; readonly isDefault: boolean } {
  return {
    id: textOf(version, 'VersionId'),
    isDefault: textOf(version, 'IsDefaultVersion').toLowerCase() === 'true',
  };
}

/** Parses a version of a managed policy with its document. */
export function parsePolicyVersion(result: XmlElement): StoredPolicy {
  return parseDocument(textOf(required(result, 'PolicyVersion'), 'Document'));
}

/** Parses a document. AWS and VersityGW encode it by RFC 3986; Ceph sends it as it is. */
function parseDocument(text: string): StoredPolicy {
  const json = text.trimStart().startsWith('{') ? text : decoded(text);
  const document = parseJson(Buffer.from(json));
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    throw new ShapeError('the policy is not an object');
  }
  const { Id: id, ...content } = document as Readonly<Record<string, unknown>>;
  return { mark: typeof id === 'string' ? id : '', content };
}

/** Parses the ARN of the user that signed. */
export function parseCaller(result: XmlElement): string {
  return textOf(result, 'Arn');
}

function required(element: XmlElement, name: string): XmlElement {
  const child = childOf(element, name);
  if (!child) throw new ShapeError(`the answer has no ${name}`);
  return child;
}

function timeOf(element: XmlElement): number {
  const time = Date.parse(textOf(element, 'CreateDate'));
  if (Number.isNaN(time)) throw new ShapeError('the answer has no time of creation');
  return time;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new ShapeError('the policy is not encoded as IAM does');
  }
}
