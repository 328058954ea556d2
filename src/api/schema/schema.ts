/**
 * The parts that the CRDs' schemas share. Zod is a development dependency, so the operator imports only types
 * from the files of this folder.
 */
import { z } from 'zod';

/** A validation rule of a CRD: CEL, and the sentence that its user reads. */
export interface Rule {
  readonly rule: string;
  readonly message: string;
  /** FieldValueForbidden for what can't change: the message then leaves out the value. */
  readonly reason?: 'FieldValueInvalid' | 'FieldValueForbidden';
  /** The field that the error names, relative to the one that has the rule, such as `.limited`. */
  readonly fieldPath?: string;
  /** True for a rule that reads the old value by `oldSelf.hasValue()` and applies to new objects too. */
  readonly optionalOldSelf?: true;
}

/** Returns schema keywords for validation rules, for `.meta()`. */
export function rules(...list: readonly Rule[]): { 'x-kubernetes-validations': readonly Rule[] } {
  return { 'x-kubernetes-validations': list };
}

/** Returns a rule that the value can't change. */
export function immutable(message: string): Rule {
  return { rule: 'self == oldSelf', reason: 'FieldValueForbidden', message };
}

/**
 * Returns a rule that the value matches. The keyword `pattern` would show the expression as its message.
 * `expression` uses the syntax that RE2 shares with JavaScript. It has no double quote, so it fits CEL's r"".
 */
export function matches(expression: RegExp, message: string): Rule {
  return { rule: `self.matches(${celRegex(expression)})`, message };
}

/** Returns the expression as a literal of CEL. */
export function celRegex(expression: RegExp): string {
  if (expression.source.includes('"'))
    throw new Error(`${expression} has a double quote: CEL's r"" can't hold it`);
  return `r"${expression.source}"`;
}

/**
 * Returns CEL that is true if a text is one of the names, in which `*` at either end is any text. Kubernetes
 * before 1.37 knows no maximum for the name of an object, and estimates a long regular expression on it too
 * costly.
 */
export function celIsAnyOf(text: string, names: readonly string[]): string {
  const whole = names.filter((name) => !name.includes('*')).map((name) => `'${name}'`);
  const parts = names
    .filter((name) => name.includes('*'))
    .map((name) =>
      name.endsWith('*')
        ? `${text}.startsWith('${name.slice(0, -1)}')`
        : `${text}.endsWith('${name.slice(1)}')`,
    );
  return `(${[`${text} in [${whole.join(', ')}]`, ...parts].join(' || ')})`;
}

/** Returns the schema of a namespace's name (RFC 1123). */
export const dnsLabel = () =>
  z
    .string()
    .min(1)
    .max(63)
    .meta(
      rules(
        matches(
          /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/,
          "a namespace's name must consist of lowercase letters, digits and hyphens, and begin and end with a letter or digit: write it as kubectl get namespaces shows it",
        ),
      ),
    );

/**
 * Returns the schema of most objects' names (RFC 1123). `what` names the object in the message; `more` are
 * additional rules.
 */
export const dnsSubdomain = (what: string, ...more: readonly Rule[]) =>
  z
    .string()
    .min(1)
    .max(253)
    .meta(
      rules(
        matches(
          /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/,
          `the name of a ${what} must consist of lowercase letters, digits, hyphens and dots, and begin and end with a letter or digit: write, for example, photo-uploader`,
        ),
        ...more,
      ),
    );

/** Returns the schema of an integer as Kubernetes defines it. */
export const int64 = () => z.number().meta({ type: 'integer', format: 'int64' });

/** Returns the schema of metav1.Time: RFC 3339. */
export const time = () => z.string().meta({ format: 'date-time' });

/** metav1.Condition, with its limits (k8s.io/apimachinery, pkg/apis/meta/v1/types.go). */
const condition = z.object({
  type: z.string().max(316).describe('What the condition describes, such as Ready.'),
  status: z.enum(['True', 'False', 'Unknown']).describe('True if the condition holds.'),
  observedGeneration: int64()
    .exactOptional()
    .describe('The metadata.generation that the condition describes.'),
  lastTransitionTime: time().describe('When the status of the condition last changed.'),
  reason: z
    .string()
    .min(1)
    .max(1024)
    .regex(/^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/)
    .describe('The cause, in one word for programs.'),
  message: z.string().max(32768).describe('The cause and the remedy, in a sentence for people.'),
});

/** Returns the schema of a status's conditions: one of each type. */
export const conditions = () =>
  z
    .array(condition)
    .max(20)
    .exactOptional()
    .meta({
      description:
        'Ready, always, and Reconciling or Stalled while they hold. Tools that wait for an object read these.',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['type'],
    });

/** Returns the schema of the generation that a status describes. */
export const observedGeneration = () =>
  int64()
    .exactOptional()
    .describe(
      "The metadata.generation that this status describes; -1 before the operator's first reconcile.",
    );

/** The status before anybody wrote one: no tool takes a new object for a ready one. */
export const UNOBSERVED = { observedGeneration: -1 };
