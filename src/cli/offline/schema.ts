/**
 * A manifest against the schema of its CustomResourceDefinition, as the API server checks it: types, limits,
 * unknown fields, lists that are maps or sets, and the rules in CEL. What a field leaves out gets its default
 * first.
 */
import { isDeepStrictEqual } from 'node:util';
import { memberSchema, type StructuralSchema } from '../../api/schema/structural-schema.ts';
import { ruleVerdict } from './cel.ts';
import type { Path } from './manifests.ts';

/** Something that the API server would refuse; `uncertain` if only the API server can tell. */
export interface Fault {
  readonly path: Path;
  readonly message: string;
  readonly rule: 'schema' | 'cel';
  readonly uncertain?: true;
}

/** Returns the value with the defaults of all that is left out, as the API server stores it. */
export function withDefaults(schema: StructuralSchema, value: unknown): unknown {
  if (Array.isArray(value)) {
    const { items } = schema;
    return items === undefined ? value : value.map((item) => withDefaults(items, item));
  }
  if (!isObject(value)) return value;
  const filled: Record<string, unknown> = { ...value };
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    if (filled[name] === undefined && property.default !== undefined)
      filled[name] = structuredClone(property.default);
    if (filled[name] !== undefined) filled[name] = withDefaults(property, filled[name]);
  }
  return filled;
}

/** Returns every fault of a value that has its defaults. A value of the wrong type has no other faults. */
export function faultsOf(schema: StructuralSchema, value: unknown, path: Path = []): Fault[] {
  const fault = (message: string, at: Path = path): Fault => ({ path: at, message, rule: 'schema' });
  const wrong = typeFault(schema, value);
  if (wrong !== undefined) return [fault(wrong)];
  const faults = [...limitFaults(schema, value)].map((message) => fault(message));
  if (Array.isArray(value)) {
    for (const index of repeated(schema, value)) faults.push(fault('it is listed twice', [...path, index]));
    const { items } = schema;
    if (items) faults.push(...value.flatMap((item, index) => faultsOf(items, item, [...path, index])));
  } else if (isObject(value)) {
    for (const name of schema.required ?? [])
      if (value[name] === undefined) faults.push(fault(`${name} is missing: write it`));
    for (const [name, inner] of Object.entries(value)) {
      const property = memberSchema(schema, name);
      if (property === undefined)
        faults.push(fault('there is no such field: kubectl explain lists the fields', [...path, name]));
      else if (property !== true) faults.push(...faultsOf(property, inner, [...path, name]));
    }
  }
  // A rule may take for granted what the schema says.
  return faults.length > 0 ? faults : ruleFaults(schema, value, path);
}

function ruleFaults(schema: StructuralSchema, value: unknown, path: Path): Fault[] {
  return (schema['x-kubernetes-validations'] ?? []).flatMap(({ rule, message, fieldPath }): Fault[] => {
    const verdict = ruleVerdict(rule, value);
    if (verdict === 'holds') return [];
    const at = [...path, ...(fieldPath?.split('.').filter((name) => name !== '') ?? [])];
    return verdict === 'broken'
      ? [{ path: at, message, rule: 'cel' }]
      : [
          {
            path: at,
            message: `only the API server can check this rule: ${message}`,
            rule: 'cel',
            uncertain: true,
          },
        ];
  });
}

function typeFault({ type }: StructuralSchema, value: unknown): string | undefined {
  const is: Readonly<Record<string, boolean>> = {
    object: isObject(value),
    array: Array.isArray(value),
    string: typeof value === 'string',
    boolean: typeof value === 'boolean',
    integer: Number.isInteger(value),
    number: typeof value === 'number',
  };
  if (type === undefined || is[type] !== false) return undefined;
  return `${JSON.stringify(value)?.slice(0, 60)} is not of type ${type}: write ${type === 'string' ? 'it in quotes' : `one of type ${type}`}`;
}

function* limitFaults(schema: StructuralSchema, value: unknown): Iterable<string> {
  const shown = JSON.stringify(value)?.slice(0, 60);
  if (schema.enum && !schema.enum.includes(value))
    yield `${shown} is not allowed: write one of ${schema.enum.join(', ')}`;
  if (typeof value === 'string') {
    const length = [...value].length;
    if (length < (schema.minLength ?? 0))
      yield `it has ${length} characters, and at least ${schema.minLength} are needed`;
    if (length > (schema.maxLength ?? length))
      yield `it has ${length} characters, and at most ${schema.maxLength} are allowed`;
    if (schema.pattern !== undefined && !new RegExp(schema.pattern, 'u').test(value))
      yield `${shown} does not match ${schema.pattern}`;
    if (schema.format === 'date-time' && !isTime(value))
      yield `${shown} is not a time: write one such as 2027-01-01T00:00:00Z`;
  }
  if (typeof value === 'number') {
    if (value < (schema.minimum ?? value)) yield `${value} is too small: at least ${schema.minimum}`;
    if (value > (schema.maximum ?? value)) yield `${value} is too large: at most ${schema.maximum}`;
  }
  const [count, least, most] = Array.isArray(value)
    ? [value.length, schema.minItems, schema.maxItems]
    : isObject(value)
      ? [Object.keys(value).length, schema.minProperties, schema.maxProperties]
      : [0, undefined, undefined];
  if (count < (least ?? 0)) yield `it has ${count} entries, and at least ${least} are needed`;
  if (count > (most ?? count)) yield `it has ${count} entries, and at most ${most} are allowed`;
}

/** The indexes of entries that the list has before already. */
function repeated(schema: StructuralSchema, list: readonly unknown[]): number[] {
  const kind = schema['x-kubernetes-list-type'];
  if (kind !== 'map' && kind !== 'set') return [];
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  const keyOf = (entry: unknown) =>
    kind === 'map' && isObject(entry) ? keys.map((name) => entry[name]) : entry;
  const all = list.map(keyOf);
  return all.flatMap((key, index) =>
    all.findIndex((other) => isDeepStrictEqual(other, key)) < index ? [index] : [],
  );
}

function isTime(text: string): boolean {
  return (
    /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/i.test(text) &&
    !Number.isNaN(Date.parse(text))
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
