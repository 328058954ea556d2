import { canonicalPolicy } from './canonical.ts';

interface Statement {
  readonly effect: 'Allow' | 'Deny';
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly condition: Condition | undefined;
}

/** A document, as far as it matters here. */
interface Stated {
  readonly Statement?: unknown;
}

/** Values by operator and key. */
type Condition = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

const FIELDS = ['Sid', 'Effect', 'Action', 'Resource', 'Condition'];

/**
 * True if `inner` allows nothing that `outer` doesn't. For each thing that a statement of `inner` allows, one
 * statement of `outer` must allow it, and `inner` must deny everything that `outer` denies. False too if the
 * function can't tell, such as for a form that this operator never writes.
 */
export function isWithin(inner: Stated, outer: Stated): boolean {
  const here = statementsOf(inner);
  const there = statementsOf(outer);
  if (!here || !there) return false;
  const allowed = there.filter(({ effect }) => effect === 'Allow');
  const denied = here.filter(({ effect }) => effect === 'Deny');
  return (
    here.filter(({ effect }) => effect === 'Allow').every((one) => isCovered(one, allowed, isNarrower)) &&
    there.filter(({ effect }) => effect === 'Deny').every((one) => isCovered(one, denied, isWider))
  );
}

/** True if for each pair of an action and a resource one of `others` has it, under a condition that fits. */
function isCovered(
  one: Statement,
  others: readonly Statement[],
  fits: (condition: Condition | undefined, other: Condition | undefined) => boolean,
): boolean {
  return one.actions.every((action) => {
    const fitting = others.filter(
      (other) =>
        other.actions.some((pattern) => covers(pattern, action)) && fits(one.condition, other.condition),
    );
    const patterns = fitting.flatMap(({ resources }) => resources);
    return one.resources.every((resource) => patterns.some((pattern) => covers(pattern, resource)));
  });
}

/** True if the pattern matches everything that the other one matches. Only a `*` at the end counts. */
function covers(pattern: string, other: string): boolean {
  return pattern === other || (pattern.endsWith('*') && other.startsWith(pattern.slice(0, -1)));
}

/** True if the condition accepts no request that the other one refuses. */
function isNarrower(condition: Condition | undefined, other: Condition | undefined): boolean {
  if (other === undefined) return true;
  if (condition === undefined || !isSame(Object.keys(condition), Object.keys(other))) return false;
  return Object.entries(other).every(([operator, keys]) => {
    const mine = condition[operator] ?? {};
    if (!isSame(Object.keys(mine), Object.keys(keys))) return false;
    return Object.entries(keys).every(([key, values]) =>
      operator === 'ForAllValues:StringLike'
        ? texts(mine[key]).every((value) => texts(values).some((pattern) => covers(pattern, value)))
        : isSame(texts(mine[key]), texts(values)),
    );
  });
}

/** True if a denial under the other condition holds whenever one under this condition does. */
function isWider(condition: Condition | undefined, other: Condition | undefined): boolean {
  return other === undefined || canonicalOf(condition) === canonicalOf(other);
}

function canonicalOf(condition: Condition | undefined): string {
  return canonicalPolicy({ Statement: [{ Condition: condition ?? null }] });
}

function isSame(some: readonly string[], others: readonly string[]): boolean {
  return JSON.stringify([...some].sort()) === JSON.stringify([...others].sort());
}

/** Returns the statements, or undefined if one has a form that this operator never writes. */
function statementsOf({ Statement }: Stated): Statement[] | undefined {
  const read = (Array.isArray(Statement) ? Statement : [Statement]).map(statementOf);
  return read.every((one) => one !== undefined) ? read : undefined;
}

function statementOf(value: unknown): Statement | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { Effect, Action, Resource, Condition } = value as Record<string, unknown>;
  if (Object.keys(value).some((key) => !FIELDS.includes(key))) return undefined;
  if (Effect !== 'Allow' && Effect !== 'Deny') return undefined;
  if (Condition !== undefined && !isCondition(Condition)) return undefined;
  const resources = Resource === undefined ? ['*'] : texts(Resource);
  return { effect: Effect, actions: texts(Action), resources, condition: Condition };
}

function isCondition(value: unknown): value is Condition {
  const isRecord = (some: unknown) => typeof some === 'object' && some !== null && !Array.isArray(some);
  return isRecord(value) && Object.values(value as object).every(isRecord);
}

/**
 * Returns the texts of a policy's value. A policy treats a single value and a list of one alike, and `false`
 * and its text.
 */
function texts(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value]).map(String);
}
