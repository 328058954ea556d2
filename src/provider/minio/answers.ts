import { eventLoop } from '../../runtime/yield.ts';
import { parseJson, parseMembers, ShapeError } from '../json-members.ts';
import type { ListOptions, StoreUser } from '../provider.ts';

type JsonObject = Readonly<Record<string, unknown>>;

/** A policy as MinIO shows it. `id` is '' if it has none. */
export interface StoredDocument {
  readonly id: string;
  readonly document: JsonObject;
}

/** Parses the body as a JSON object. Throws `ShapeError`, as every function of this file does. */
export function parseObject(body: Buffer): JsonObject {
  return object(parseJson(body), 'the answer');
}

/** Parses one user of user-info or of an entry of list-users (madmin's UserInfo). */
export function parseUser(accessKeyId: string, value: unknown): StoreUser {
  const info = object(value, 'a user');
  const status = info['status'];
  if (status !== 'enabled' && status !== 'disabled')
    throw new ShapeError('a user is neither enabled nor disabled');
  const attachedAt = parseTime(info['updatedAt']);
  return {
    accessKeyId,
    enabled: status === 'enabled',
    policies: parseNameList(info['policyName']),
    groups: strings(info['memberOf'], "a user's groups"),
    ...(attachedAt !== undefined && { attachedAt }),
  };
}

/**
 * Reads the users of list-users as they arrive and keeps those that the caller wants. They may have at most
 * `maxNames` names of users, policies and groups between them. The event loop turns with each chunk.
 */
export async function parseUsers(
  chunks: AsyncIterable<Buffer>,
  { keep = () => true, maxNames = Number.POSITIVE_INFINITY }: Pick<ListOptions, 'keep' | 'maxNames'> = {},
): Promise<Map<string, StoreUser>> {
  const users = new Map<string, StoreUser>();
  let names = 0;
  for await (const [id, info] of parseMembers(yielding(chunks))) {
    const user = parseUser(id, info);
    if (!keep(user)) continue;
    names += 1 + user.policies.length + user.groups.length;
    if (names > maxNames) throw new ShapeError(`it lists more than ${maxNames} names`);
    users.set(id, user);
  }
  return users;
}

async function* yielding(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  for await (const chunk of chunks) {
    await eventLoop.yield();
    yield chunk;
  }
}

/**
 * Parses the policy of info-canned-policy with `v=2`. MinIO writes `ID`, whether it was given `Id` or `ID`.
 */
export function parsePolicy(body: Buffer): StoredDocument {
  const document = object(parseObject(body)['Policy'], 'the policy');
  const id = document['ID'] ?? document['Id'] ?? '';
  if (typeof id !== 'string') throw new ShapeError("the policy's ID is not a text");
  return { id, document };
}

/**
 * Parses the users and groups of a policy from policy-entities. Returns none if the answer doesn't name the
 * policy.
 */
export function parsePolicyEntities(policy: string, body: Buffer): { users: string[]; groups: string[] } {
  const mappings = parseObject(body)['policyMappings'] ?? [];
  if (!Array.isArray(mappings)) throw new ShapeError('the mappings of policies are not a list');
  const ours = mappings
    .map((mapping) => object(mapping, 'a mapping'))
    .filter((mapping) => mapping['policy'] === policy);
  return {
    users: ours.flatMap((mapping) => strings(mapping['users'], "a mapping's users")),
    groups: ours.flatMap((mapping) => strings(mapping['groups'], "a mapping's groups")),
  };
}

/**
 * The version of the first server in the beginning of an answer of `info`, compact as Go and Rust write it.
 * It matches only the characters of a version, since it goes into a status.
 */
const SERVER_VERSION =
  /"servers":\[\{[^{}[\]]{0,1024}?"version":"(?<version>[A-Za-z0-9][A-Za-z0-9._:+-]{0,63})"/;

/**
 * Returns the version of the first server that `info` lists; undefined if the given bytes don't contain it.
 */
export function findServerVersion(start: Buffer): string | undefined {
  return SERVER_VERSION.exec(start.toString('latin1'))?.groups?.['version'];
}

function object(value: unknown, what: string): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ShapeError(`${what} is not an object`);
  }
  return value as JsonObject;
}

function strings(value: unknown, what: string): string[] {
  const list = value ?? [];
  if (!Array.isArray(list) || !list.every((item) => typeof item === 'string')) {
    throw new ShapeError(`${what} are not a list of names`);
  }
  return list;
}

/** Parses `a,b`, as the server stores it. No policy's name has a comma. */
function parseNameList(value: unknown): string[] {
  if (value !== undefined && typeof value !== 'string')
    throw new ShapeError("a user's policies are not a text");
  return (value ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

/** Parses RFC 3339 to ms since 1970. Go's zero time, the year 1, stands for none. */
function parseTime(value: unknown): number | undefined {
  if (value === undefined) return undefined;
  const ms = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(ms)) throw new ShapeError('a time is not one');
  return ms > 0 ? ms : undefined;
}
