import { ANNOTATION_TEMPLATE, IMPORTED } from '../../api/names.ts';
import type { ObjectMeta, Secret } from '../../kube/objects.ts';
import { isBare, type Shape, textsDigest } from './shape.ts';

type Texts = Readonly<Record<string, string>>;

/**
 * The maximum length of a record that the operator reads, in UTF-16 units. A template with the maximum of
 * entries and the longest names has less.
 */
const MAX_RECORD_LENGTH = 40_960;
/**
 * The maximum number of names in a record. A template has 32 entries of each kind, and formats add some keys.
 */
const MAX_NAMES = 64;

/**
The facts that the write of a shape records in the same write, so that the operator sees changes and drift without
 * the pair.
 */
interface ShapeRecord {
  /** The shape's own digest of what it follows from. */
  readonly source: string;
  /** The digest of its data as written. IMPORTED if it would be a digest of a secret that a person chose. */
  readonly digest: string;
  /** The names of what the operator wrote. It removes each when the template no longer has it. */
  readonly labels: readonly string[];
  readonly annotations: readonly string[];
  readonly data: readonly string[];
}

/**
 * Returns the annotation that records a shape, or none if the shape adds nothing.
 * @param imported true if somebody else made the pair
 */
export function shapeAnnotation(shape: Shape, imported: boolean): Texts {
  if (isBare(shape)) return {};
  const record: ShapeRecord = {
    source: shape.source,
    digest: imported ? IMPORTED : textsDigest(encoded(shape.data)),
    labels: Object.keys(shape.labels).sort(),
    annotations: Object.keys(shape.annotations).sort(),
    data: Object.keys(shape.data).sort(),
  };
  return { [ANNOTATION_TEMPLATE]: JSON.stringify(record) };
}

/**
 * Returns the digest of the data that a Secret's record names, as the Secret holds it; undefined without a
 * record.
 */
export function templatedDigest(
  secret: Pick<Secret, 'data'> & { metadata: Pick<ObjectMeta, 'annotations'> },
) {
  const record = recordedShape(secret.metadata.annotations);
  if (!record) return undefined;
  const names = new Set(record.data);
  const present = Object.entries(secret.data ?? {}).filter(([key]) => names.has(key));
  return textsDigest(Object.fromEntries(present));
}

/**
 * True if a Secret matches its template, as far as that shows without the pair. The operator keeps no digest
 * of an imported pair's data, so it doesn't see manual edits of the data that the template wrote.
 */
export function isShaped(
  secret: { readonly metadata: ObjectMeta; readonly templatedDigest: string | undefined },
  shape: Shape,
  imported: boolean,
): boolean {
  const { labels, annotations } = secret.metadata;
  if (isBare(shape)) return annotations?.[ANNOTATION_TEMPLATE] === undefined;
  const record = recordedShape(annotations);
  return (
    record?.source === shape.source &&
    (imported || record.digest === secret.templatedDigest) &&
    hasTexts(labels, shape.labels) &&
    hasTexts(annotations, shape.annotations)
  );
}

/**
 * Returns what an earlier template wrote and the current one doesn't want, each as the null that removes it.
 */
export function outdatedBy(
  annotations: Texts | undefined,
  wanted: { readonly metadata: Record<'labels' | 'annotations', Texts>; readonly data: Texts },
): Record<'labels' | 'annotations' | 'data', Readonly<Record<string, null>>> {
  const record = recordedShape(annotations);
  const without = (names: readonly string[] = [], texts: Texts) =>
    Object.fromEntries(names.filter((name) => !Object.hasOwn(texts, name)).map((name) => [name, null]));
  const own = annotations?.[ANNOTATION_TEMPLATE] === undefined ? [] : [ANNOTATION_TEMPLATE];
  return {
    labels: without(record?.labels, wanted.metadata.labels),
    annotations: without([...(record?.annotations ?? []), ...own], wanted.metadata.annotations),
    data: without(record?.data, wanted.data),
  };
}

/** True if all of these texts are present under their names. */
export function hasTexts(actual: Texts | undefined, expected: Texts): boolean {
  return Object.entries(expected).every(([name, text]) => actual?.[name] === text);
}

/** Returns the data of a Secret in base64, as the API takes it. */
export function encoded(data: Texts): Texts {
  return Object.fromEntries(
    Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString('base64')]),
  );
}

/**
 * Returns the record in a Secret's annotations. Anyone who can edit the Secret may have written it, so one
 * that the operator can't read, or that is longer than any template's, counts as absent.
 */
export function recordedShape(annotations: Texts | undefined): ShapeRecord | undefined {
  const text = annotations?.[ANNOTATION_TEMPLATE];
  if (text === undefined || text.length > MAX_RECORD_LENGTH) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is ShapeRecord {
  const { source, digest, labels, annotations, data } = (value ?? {}) as Partial<
    Record<keyof ShapeRecord, unknown>
  >;
  return (
    typeof source === 'string' &&
    typeof digest === 'string' &&
    [labels, annotations, data].every(
      (names) =>
        Array.isArray(names) && names.length <= MAX_NAMES && names.every((name) => typeof name === 'string'),
    )
  );
}
