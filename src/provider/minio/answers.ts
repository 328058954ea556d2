import { setImmediate } from 'node:timers/promises';
import type { StoredPolicy, StoreUser } from '../provider.ts';

/** An answer hasn't the shape that it should have; `message` says in our words what is wrong, never what was sent. */
export class ShapeError extends Error {
  override readonly name = 'ShapeError';
}

/** How many users are read in one go. */
const SLICE = 500;

type JsonObject = Readonly<Record<string, unknown>>;

/** The body as a JSON object. Throws `ShapeError`, as every function here does. */
export function parseObject(body: Buffer): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch {
    throw new ShapeError('the answer is not JSON');
  }
  return object(value, 'the answer');
}

/** One user, of user-info or of an entry of list-users (madmin's UserInfo). */
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
 * Every user of list-users. A name such as `__proto__` is a name like any other. Of thousands of users, others get their
 * turn in between.
 */
export async function parseUsers(body: Buffer): Promise<Map<string, StoreUser>> {
  const users = new Map<string, StoreUser>();
  // JSON.parse makes `__proto__` a property of its own, and entries() reads no other.
  for (const [id, info] of Object.entries(parseObject(body))) {
    if (users.size % SLICE === 0) await setImmediate();
    users.set(id, parseUser(id, info));
  }
  return users;
}

/** The policy of info-canned-policy with `v=2`. MinIO writes `ID`, whichever of `Id` and `ID` it was given. */
export function parsePolicy(body: Buffer): StoredPolicy {
  const document = object(parseObject(body)['Policy'], 'the policy');
  const id = document['ID'] ?? document['Id'] ?? '';
  if (typeof id !== 'string') throw new ShapeError("the policy's ID is not a text");
  return { id, document };
}

/** Who has a policy, of policy-entities; nobody where the answer doesn't name the policy. */
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

/** A version, or what MinIO calls itself where it was built without one: it goes into a status, so it is nothing else. */
const SERVER_VERSION = /^[A-Za-z0-9][A-Za-z0-9._:+-]{0,63}$/;

/** The version of the first server that `info` lists; undefined where it isn't one. */
export function parseServerVersion(body: Buffer): string | undefined {
  const { servers } = parseObject(body);
  const [first] = Array.isArray(servers) ? servers : [];
  const version = (first as { version?: unknown } | null | undefined)?.version;
  return typeof version === 'string' && SERVER_VERSION.test(version) ? version : undefined;
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

/** `a,b`, as the server keeps it: a comma is in no policy's name. */
function parseNameList(value: unknown): string[] {
  if (value !== undefined && typeof value !== 'string')
    throw new ShapeError("a user's policies are not a text");
  return (value ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

/** RFC 3339 to ms since 1970; Go's zero time, the year 1, stands for none. */
function parseTime(value: unknown): number | undefined {
  if (value === undefined) return undefined;
  const ms = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(ms)) throw new ShapeError('a time is not one');
  return ms > 0 ? ms : undefined;
}
