import type { BucketAccess, GrantedAccess, PolicyAccess, StoredPolicy } from '../policy.ts';
import { type ActionTable, withExtraActions } from './actions.ts';
import { canonicalPolicy } from './canonical.ts';
import { type DocumentInput, policyDocument } from './document.ts';

/**
 * Reads back what a stored policy allows. Returns undefined unless the document is, to the last action, one
 * that `policyDocument` writes: somebody's edit never counts as granted. `actions` is the provider's table.
 * The document says which extra actions the store granted when the operator wrote it. It also says whether it
 * denies wiping, which earlier versions' documents didn't.
 */
export function accessInForce(stored: StoredPolicy, actions: ActionTable): PolicyAccess | undefined {
  const { bySid, granted, noWiping } = statementsOf(stored);
  if (!Array.isArray(stored.content['Statement'])) return undefined;
  const extras = actions.extra.map(({ name }) => name).filter((name) => granted.has(`s3:${name}`));
  const stated = statedBy(bySid);
  const input: DocumentInput = {
    mark: stored.mark,
    ...stated,
    mayList: bySid.has('ListBuckets'),
    noWiping,
  };
  const asStored = canonicalPolicy({ ...stored.content, ID: stored.mark });
  const isOurs = [actions, beforeDeniedObjects(actions)].some(
    (table) => canonicalPolicy(policyDocument(input, withExtraActions(table, extras))) === asStored,
  );
  return isOurs ? stated : undefined;
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
export function statedAccess(stored: StoredPolicy): PolicyAccess {
  return statedBy(statementsOf(stored).bySid);
}

/**
 * Returns the resources of each statement by its Sid, all named actions, and those that the statement
 * NoWiping names.
 */
function statementsOf({ content }: StoredPolicy): {
  readonly bySid: ReadonlyMap<string, readonly string[]>;
  readonly granted: ReadonlySet<string>;
  readonly noWiping: readonly string[];
} {
  const statements = content['Statement'];
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

function statedBy(bySid: ReadonlyMap<string, readonly string[]>): PolicyAccess {
  const access: GrantedAccess = bySid.has('Unrestricted')
    ? { kind: 'unrestricted' }
    : { kind: 'limited', entries: entries(bySid) };
  return { access, mayCreate: [...(bySid.get('CreateBuckets') ?? [])].sort() };
}

function entries(bySid: ReadonlyMap<string, readonly string[]>): BucketAccess[] {
  const found = new Map<string, BucketAccess>();
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
