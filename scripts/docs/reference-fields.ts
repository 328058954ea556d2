/** A CRD's schema as rows of a table: each field with its type, its limits and what refuses a value. */

import type { StructuralSchema } from '../../src/api/schema/structural-schema.ts';

/** One field of an object. */
export interface Field {
  /** From the object's top, such as `spec.bucketAccess[].bucketName`; '' for the object itself. */
  readonly path: string;
  readonly required: boolean;
  readonly type: string;
  readonly description: string;
  /** As JSON; undefined for none. */
  readonly default: string | undefined;
  /** Phrases, such as `1 to 128 characters`. */
  readonly constraints: readonly string[];
  /** The sentences of the rules that refuse a value, each with the field that its error names. */
  readonly refusals: readonly { readonly path: string; readonly message: string }[];
}

/** The fields of a schema, in its order, each before those inside it. `path` and `required` are the schema's own. */
export function fieldsOf(schema: StructuralSchema, path: string, required = false): Field[] {
  const { properties = {}, items, additionalProperties: values } = schema;
  const inside = Object.entries(properties).flatMap(([name, property]) =>
    fieldsOf(property, path === '' ? name : `${path}.${name}`, schema.required?.includes(name) ?? false),
  );
  const field = { ...describe(schema, path), required };
  return [
    field,
    ...inside,
    ...(items ? elements(items, `${path}[]`) : []),
    ...(typeof values === 'object' ? elements(values, `${path}.*`) : []),
  ];
}

/** The elements of a list or map: a row of their own if there is more to say than their type. */
function elements(schema: StructuralSchema, path: string): Field[] {
  const [self, ...inside] = fieldsOf(schema, path);
  if (!self) return inside;
  const { description, constraints, refusals } = self;
  return description || constraints.length > 0 || refusals.length > 0 ? [self, ...inside] : inside;
}

function describe(schema: StructuralSchema, path: string): Field {
  const rules = schema['x-kubernetes-validations'] ?? [];
  return {
    path,
    required: false,
    type: typeOf(schema),
    description: schema.description ?? '',
    default: schema.default === undefined ? undefined : JSON.stringify(schema.default),
    constraints: constraintsOf(schema),
    refusals: rules.map(({ message, fieldPath = '' }) => ({
      path: `${path}${fieldPath}`.replace(/^\./, ''),
      message,
    })),
  };
}

function typeOf({ type = 'any', format, items, additionalProperties: values }: StructuralSchema): string {
  if (format === 'date-time') return 'time (RFC 3339)';
  if (type === 'array') return `list of ${items?.type ?? 'any'}s`;
  if (typeof values === 'object') return `map of ${values.type ?? 'any'}s`;
  return type;
}

function constraintsOf(schema: StructuralSchema): string[] {
  const keys = schema['x-kubernetes-list-map-keys']?.join(', ');
  const among = schema.enum?.map((value) => `\`${String(value)}\``).join(', ');
  return [
    among === undefined ? undefined : `one of ${among}`,
    range(schema.minLength, schema.maxLength, 'character'),
    range(schema.minimum, schema.maximum),
    range(schema.minItems, schema.maxItems, 'element'),
    range(schema.minProperties, schema.maxProperties, 'entry', 'entries'),
    keys === undefined ? undefined : `one element for each \`${keys}\``,
    schema['x-kubernetes-list-type'] === 'set' ? 'no element twice' : undefined,
  ].filter((phrase) => phrase !== undefined);
}

function range(
  from: number | undefined,
  to: number | undefined,
  unit = '',
  units = `${unit}s`,
): string | undefined {
  if (from === undefined && to === undefined) return undefined;
  const noun = unit === '' ? '' : ` ${(to ?? from) === 1 ? unit : units}`;
  if (from === undefined) return `at most ${to}${noun}`;
  if (to === undefined) return `at least ${from}${noun}`;
  return from === to ? `${to}${noun}` : `${from} to ${to}${noun}`;
}
