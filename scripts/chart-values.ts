/** The chart's values as its values.yaml documents them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMap, isScalar, parseDocument, type YAMLMap } from 'yaml';

export interface ChartValue {
  /** Such as image.tag. */
  readonly path: string;
  /** As JSON. */
  readonly default: string;
  /** Its comment, in one line; '' if it has none. */
  readonly description: string;
}

/** Values that are objects of Kubernetes' own, which are documented as a whole. */
const WHOLE = new Set(['resources', 'podSecurityContext', 'securityContext']);

/** Every value of values.yaml, in the order of the file. @param chart the chart's folder */
export function chartValues(chart: string): ChartValue[] {
  const document = parseDocument(readFileSync(join(chart, 'values.yaml'), 'utf8'));
  if (!isMap(document.contents)) throw new Error('values.yaml is no map');
  return valuesOf(document.contents, '');
}

function valuesOf(map: YAMLMap, prefix: string): ChartValue[] {
  return map.items.flatMap((pair, index) => {
    if (!isScalar(pair.key)) throw new Error(`${prefix}: a key that is no text`);
    const path = `${prefix}${pair.key.value}`;
    if (isMap(pair.value) && pair.value.items.length > 0 && !WHOLE.has(path)) {
      return valuesOf(pair.value, `${path}.`);
    }
    // The parser gives the comment of a map's first key to the map.
    const comment = pair.key.commentBefore ?? (index === 0 ? map.commentBefore : undefined) ?? '';
    const value = isScalar(pair.value)
      ? pair.value.value
      : (pair.value as { toJSON(): unknown } | null)?.toJSON();
    return [{ path, default: JSON.stringify(value ?? null), description: oneLine(comment) }];
  });
}

function oneLine(comment: string): string {
  return comment.replaceAll(/\s*\n\s*/g, ' ').trim();
}
