import { type DestinationStream, type Logger, pino } from 'pino';
import type { Config } from './config/config.ts';

const REDACTED = '[redacted]';
/** Fields that may hold a credential, wherever a careless line puts them. */
const SENSITIVE: ReadonlySet<string> = new Set([
  'secretAccessKey',
  'pair',
  'publication',
  'credentials',
  'data',
  'stringData',
  'token',
  'authorization',
  'headers',
  'body',
  'facts',
]);
/** The maximum depth of the search for them. */
const DEPTH = 3;

/** Matches what may precede a credential in JSON: an escape, or any character outside its own alphabet. */
const before = (alphabet: string) => `(?<=^|[^${alphabet}]|\\\\[nrtbf]|\\\\u[0-9a-fA-F]{4})`;

/**
 * Patterns of credentials in any text: the operator's secret access keys (40 alphanumeric characters), the
 * same in base64, and bearer tokens. They also hide an id that looks like one, which is the smaller harm.
 */
const CREDENTIALS: readonly RegExp[] = [
  new RegExp(`${before('A-Za-z0-9')}[A-Za-z0-9]{40}(?![A-Za-z0-9])`, 'g'),
  new RegExp(`${before('A-Za-z0-9+/')}[A-Za-z0-9+/]{54}==`, 'g'),
  new RegExp(`${before('A-Za-z0-9_-')}eyJ[A-Za-z0-9_-]{10,}\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]*`, 'g'),
  /(?<=Bearer )[^\s"\\]+/g,
  /AWS4-HMAC-SHA256 [^"\\]*/g,
];

/** Replaces everything that looks like a credential. */
export function scrub(text: string): string {
  return CREDENTIALS.reduce((scrubbed, pattern) => scrubbed.replace(pattern, REDACTED), text);
}

/**
 * Makes the operator's log: one JSON object a line, on stdout. A line about an object carries its namespace
 * and name. No line holds a credential, even if the code logs one by mistake (rule 9). The log replaces
 * fields that could hold one, and removes credential-like text from every line.
 */
export function createLog(
  level: Config['logLevel'],
  destination: DestinationStream = process.stdout,
): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      // pino's own redaction by paths takes a tenth of a new key's CPU time, since it parses each path for
      // each line.
      formatters: { level: (label) => ({ level: label }), log: (fields) => hide(fields, DEPTH) },
      serializers: { err: serializeError },
    },
    { write: (line: string) => void destination.write(scrub(line)) },
  );
}

/** Hides the values of sensitive fields. Returns the same object if it has none, and otherwise a copy. */
function hide<T extends object>(fields: T, depth: number): T {
  let hidden: T | undefined;
  for (const [name, value] of Object.entries(fields)) {
    const shown = SENSITIVE.has(name)
      ? REDACTED
      : depth > 1 && isOpen(value)
        ? hide(value, depth - 1)
        : value;
    if (shown === value) continue;
    hidden ??= (Array.isArray(fields) ? [...fields] : { ...fields }) as T;
    Object.assign(hidden, { [name]: shown });
  }
  return hidden ?? fields;
}

/** True if `hide` has to search the value. Errors have their own serializer. */
function isOpen(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !(value instanceof Error);
}

/** Reduces an error to the properties worth logging. It omits the others, since their content is unknown. */
function serializeError(error: unknown): unknown {
  if (!(error instanceof Error)) return { message: String(error) };
  const { name, message, stack, cause } = error;
  const { kind, code, status, reason } = error as {
    kind?: unknown;
    code?: unknown;
    status?: unknown;
    reason?: unknown;
  };
  const expected = typeof kind === 'string' || name !== 'Error';
  return {
    type: name,
    message,
    ...Object.fromEntries(
      Object.entries({ kind, code, status, reason }).filter(
        ([, value]) => value !== undefined && value !== '',
      ),
    ),
    ...(!expected || name === 'TypeError' || name === 'RangeError' ? { stack } : {}),
    ...(cause instanceof Error && { cause: `${cause.name}: ${cause.message}` }),
  };
}
