import { hash } from 'node:crypto';
import { decodeMark } from '../../ownership/mark.ts';
import { type ActionTable, withExtraActions } from '../../provider/actions.ts';
import type { StoredPolicy } from '../../provider/provider.ts';
import type { GrantedAccess, GrantedEntry } from './grants.ts';
import { type PolicyInput, policyDocument } from './policy.ts';

/**
 * Returns a policy document in one order and spelling, for comparison: the store returns arrays in random
 * order. Accepts any JSON that has the form of a policy. What isn't an array or a list of statements stays as
 * it is.
 */
export function canonicalPolicy(document: object): string {
  const { Statement, ID, Id, Version, ...rest } = document as Record<string, unknown>;
  const statements = (Array.isArray(Statement) ? Statement : [Statement])
    .map((statement) => canonical(statement))
    .sort();
  return JSON.stringify([ID ?? Id ?? '', Version ?? '', statements, canonical(rest)]);
}

/** Returns the SHA-256 of the canonical document, in hex. */
export function policyDigest(document: object): string {
  return hash('sha256', canonicalPolicy(document), 'hex');
}

/** Returns the same digest of what the store holds. */
export function storedDigest({ document, id }: StoredPolicy): string {
  return policyDigest({ ...document, ID: id });
}

/**
 * Reads back what a stored policy allows. Returns undefined unless the document is, to the last action, one
 * that `policyDocument` writes: somebody's edit never counts as granted. `actions` is the provider's table.
 * The document says which extra actions the store granted when the operator wrote it. It also says whether it
 * denies wiping, which earlier versions' documents didn't.
 */
export function accessInForce(stored: StoredPolicy, actions: ActionTable): GrantedAccess | undefined {
  const mark = decodeMark(stored.id);
  const { bySid, granted, noWiping } = statementsOf(stored);
  if (!mark || !Array.isArray(stored.document['Statement'])) return undefined;
  const extras = actions.extra.map(({ name }) => name).filter((name) => granted.has(`s3:${name}`));
  const access = accessBy(bySid);
  const input: PolicyInput = {
    mark,
    access,
    mayList: bySid.has('ListBuckets'),
    mayCreate: statedCreate(stored),
    noWiping,
  };
  const asStored = canonicalPolicy({ ...stored.document, ID: stored.id });
  const isOurs = [actions, beforeDeniedObjects(actions)].some(
    (table) => canonicalPolicy(policyDocument(input, withExtraActions(table, extras))) === asStored,
  );
  return isOurs ? access : undefined;
}

/**
 * Returns the table from which earlier versions wrote policies. Their keys keep their access until the
 * operator writes the new policy.
 */
function beforeDeniedObjects(actions: ActionTable): ActionTable {
  return { ...actions, deniedObjects: [] };
}

/**
 * Reads back what the statements of a stored policy name, even if another version of this operator wrote it.
 * Unlike `accessInForce` it proves nothing about the document. Use it to take rights away, never to give
 * them.
 */
export function statedAccess(stored: StoredPolicy): GrantedAccess {
  return accessBy(statementsOf(stored).bySid);
}

/** Returns the bucket names and patterns that a stored policy lets its key create. */
export function statedCreate(stored: StoredPolicy): string[] {
  return [...(statementsOf(stored).bySid.get('CreateBuckets') ?? [])].sort();
}

/**
 * Returns the resources of each statement by its Sid, all named actions, and those that the statement
 * NoWiping names.
 */
function statementsOf({ document }: StoredPolicy): {
  readonly bySid: ReadonlyMap<string, readonly string[]>;
  readonly granted: ReadonlySet<string>;
  readonly noWiping: readonly string[];
} {
  const statements = document['Statement'];
  const bySid = new Map<string, readonly string[]>();
  const granted = new Set<string>();
  let noWiping: readonly string[] = [];
  for (const statement of Array.isArray(statements) ? (statements as unknown[]) : []) {
    const { Sid, Action, Resource } = (statement ?? {}) as Record<string, unknown>;
    if (typeof Sid === 'string') bySid.set(Sid, resources(Resource));
    if (Sid === 'NoWiping') noWiping = texts(Action);
    for (const action of texts(Action)) granted.add(action);
  }
  return { bySid, granted, noWiping };
}

function accessBy(bySid: ReadonlyMap<string, readonly string[]>): GrantedAccess {
  return bySid.has('Unrestricted') ? { kind: 'unrestricted' } : { kind: 'limited', entries: entries(bySid) };
}

function entries(bySid: ReadonlyMap<string, readonly string[]>): GrantedEntry[] {
  const found = new Map<string, GrantedEntry>();
  const configurable = new Set(bySid.get('ConfigureBuckets'));
  const levels = [
    ['read_only', 'ReadObjects', 'ReadPrefixes'],
    ['read_write', 'WriteObjects', 'WritePrefixes'],
    ['read_write', 'AppendObjects', 'AppendPrefixes', { deletion: false }],
  ] as const;
  for (const [permissions, whole, prefixed, deletion] of levels) {
    for (const resource of bySid.get(whole) ?? []) {
      const { bucketName } = parted(resource);
      found.set(bucketName, {
        bucketName,
        permissions,
        prefixes: [],
        settings: configurable.has(bucketName),
        ...deletion,
      });
    }
    for (const resource of bySid.get(prefixed) ?? []) {
      const { bucketName, prefix } = parted(resource);
      const others = found.get(bucketName)?.prefixes ?? [];
      found.set(bucketName, {
        bucketName,
        permissions,
        prefixes: [...others, prefix].sort(),
        settings: false,
        ...deletion,
      });
    }
  }
  return [...found.values()].sort((a, b) => (a.bucketName < b.bucketName ? -1 : 1));
}

/** Splits `photos/2026/*` into the bucket and the beginning of its objects' names. */
function parted(resource: string): { bucketName: string; prefix: string } {
  const slash = resource.indexOf('/');
  return { bucketName: resource.slice(0, slash), prefix: resource.slice(slash + 1, -1) };
}

function resources(value: unknown): string[] {
  return texts(value).map((arn) => arn.replace(/^arn:aws:s3:::/, ''));
}

/** Returns the texts of a policy's value. A policy treats a single value and a list of one alike. */
function texts(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value]).filter((item) => typeof item === 'string');
}

/**
 * Returns objects by sorted key, arrays as sorted sets, scalars as text (`false` and `"false"` are equal in a
 * condition).
 */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return JSON.stringify([...new Set(value.map(canonical))].sort());
  if (typeof value === 'object' && value !== null) {
    const inner = value as Record<string, unknown>;
    return JSON.stringify(
      Object.keys(inner)
        .sort()
        .map((key) => [key, canonical(asList(inner[key]))]),
    );
  }
  return String(value);
}

/** Returns the value as a list. A policy treats a single value and a list of one alike. */
function asList(value: unknown): unknown {
  return typeof value === 'object' ? value : [value];
}
