import type { Reason } from '../../api/reasons.ts';
import {
  type Escape,
  PLACEHOLDER,
  TEMPLATE,
  TEMPLATE_START,
  VALUE_NAMES,
  type ValueName,
} from '../../api/secret-keys.ts';
import { ESCAPED, hasControl } from './escape.ts';

/**
 * The values for templates and formats. A key without a bucket has neither `bucket` nor `buckets`. Only
 * formats name the store's provider, its CA certificates in PEM (`ca`), and the application's path to them
 * (`caFile`).
 */
export type Values = Readonly<
  Record<Exclude<ValueName, 'bucket' | 'buckets'>, string> &
    Record<'bucket' | 'buckets', string | undefined> &
    Partial<Record<'provider' | 'ca' | 'caFile', string | undefined>>
>;

/** The reason why the operator can't write something: a sentence that holds no value. */
export interface Refusal {
  readonly refusal: string;
  /** The reason of the Ready condition; SecretRejected if absent. */
  readonly reason?: Reason;
}

/** True if `value` is a refusal. */
export function isRefusal(value: unknown): value is Refusal {
  return typeof value === 'object' && value !== null && 'refusal' in value;
}

/**
 * Returns a template's text with each placeholder replaced by its value, in one pass: it never reads a value
 * as a template. `{{ .NAME }}` writes the value as it is, `{{ .NAME | json }}` and `{{ .NAME | uri }}`
 * escaped.
 */
export function fillIn(template: string, values: Values): string | Refusal {
  if (!TEMPLATE.test(template)) return { refusal: faultOf(template) };
  for (const [placeholder, name, escaping] of template.matchAll(PLACEHOLDER)) {
    const value = values[name as ValueName];
    if (value === undefined)
      return {
        refusal: `${placeholder} has no value, since the key may use no bucket; remove it, or name a bucket`,
      };
    if (escaping === undefined && hasControl(value)) {
      return { refusal: `the value of ${placeholder} has a control character; write {{ .${name} | json }}` };
    }
  }
  return template.replace(PLACEHOLDER, (_, name: ValueName, escaping: Escape | undefined) => {
    const value = values[name] ?? '';
    return escaping === undefined ? value : ESCAPED[escaping](value);
  });
}

/** Returns the text from the first `{{` that begins no placeholder, shortened. */
function faultOf(template: string): string {
  const start = TEMPLATE_START.exec(template)?.[0].length ?? 0;
  const found = JSON.stringify(template.slice(start, start + 30));
  return `${found} does not begin with a placeholder: write {{ .NAME }}, where NAME is one of ${VALUE_NAMES.join(', ')}`;
}
