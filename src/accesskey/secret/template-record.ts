import { ANNOTATION_TEMPLATE, IMPORTED } from '../../api/names.ts';
import type { ObjectMeta, Secret } from '../../kube/objects.ts';
import { isBare, type Shape, textsDigest } from './shape.ts';

type Texts = Readonly<Record<string, string>>;

/** The longest record that is read, in UTF-16 units: a template with the most entries of the longest names has less. */
const MAX_RECORD_LENGTH = 40_960;
/** A template has 32 entries of each kind, and formats add some keys. */
const MAX_NAMES = 64;

/** What the write of a shape records beside it, so that its change and its drift are seen without the pair. */
interface ShapeRecord {
  /** The shape's own digest of what it follows from. */
  readonly source: string;
  /** The digest of its data as written; IMPORTED where that would be a digest of a secret that a person chose. */
  readonly digest: string;
  /** The names of what was written, which are removed when the template doesn't have them any more. */
  readonly labels: readonly string[];
  readonly annotations: readonly string[];
  readonly data: readonly string[];
}

/** The annotation that records a shape; none for one that adds nothing. @param imported whether somebody else made the pair */
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

/** The digest of the data that a Secret's record names, as it is there; undefined without a record. */
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
 * Whether a Secret is as its template says, as far as that can be told without the pair. Of an imported pair no digest
 * is kept, and what a hand did to the data that the template wrote isn't seen.
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

/** What a Secret's record says that an earlier template wrote and that isn't wanted now, each as the null that removes it. */
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

/** Whether all of these texts are there under their names. */
export function hasTexts(actual: Texts | undefined, expected: Texts): boolean {
  return Object.entries(expected).every(([name, text]) => actual?.[name] === text);
}

/** The data of a Secret as it is sent. */
export function encoded(data: Texts): Texts {
  return Object.fromEntries(
    Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString('base64')]),
  );
}

/**
 * The record in a Secret's annotations. One that can't be read, or is longer than any that a template gives, is as if it
 * weren't there: anybody who can edit the Secret may have written it.
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
