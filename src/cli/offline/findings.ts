/** The findings of a check, for people and for programs. */
import type { Position } from './manifests.ts';

/** The subject of each rule; SARIF and docs/cli.md list them. */
const RULES = {
  yaml: 'The file is not YAML.',
  schema: 'A field is missing, unknown, of the wrong type, or out of its limits.',
  rule: "A rule of the API is broken: the API server's own sentence says what to write.",
  template: 'The Secret that secretTemplate asks for cannot be rendered.',
  grant: 'The store does not grant what the key asks for.',
  'not-supported': "The key asks for what its kind of store can't do.",
  'policy-size': 'The policy would be larger than the store accepts.',
  duplicate: 'Two objects have one name, or two keys write one Secret.',
  'not-checked': 'Something that only the API server, or another file, can tell.',
} as const;

/** The id of a rule of `check`. */
export type RuleId = keyof typeof RULES;

/** A fault or a note about an object in a file. */
export interface Finding {
  readonly rule: RuleId;
  /** An error is refused by the API server or the operator; a note is no fault. */
  readonly level: 'error' | 'note';
  /** The object, as `AccessKey shop/photos`; '' for a file as a whole. */
  readonly object: string;
  /** The field, as `spec.bucketAccess[0].bucketName`; '' for the object as a whole. */
  readonly field: string;
  readonly message: string;
  readonly place: Position;
}

/** Returns a path as people write it. */
export function fieldOf(path: readonly (string | number)[]): string {
  return path
    .map((part, at) => (typeof part === 'number' ? `[${part}]` : `${at > 0 ? '.' : ''}${part}`))
    .join('');
}

/** Returns a line that editors and terminals make a link of: `FILE:LINE:COLUMN: error: …`. */
export function findingLine({ rule, level, object, field, message, place }: Finding): string {
  const about = [object, field].filter((part) => part !== '').join(' ');
  return `${place.file}:${place.line}:${place.column}: ${level}: ${about}${about && ': '}${message} [${rule}]`;
}

/** Returns findings in SARIF 2.1.0, as code scanning takes it. @param version of the plugin */
export function sarif(findings: readonly Finding[], version: string): object {
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'kubectl-accesskey',
            version,
            rules: Object.entries(RULES).map(([id, text]) => ({ id, shortDescription: { text } })),
          },
        },
        results: findings.map(({ rule, level, object, field, message, place }) => ({
          ruleId: rule,
          level,
          message: { text: [object, field, message].filter((part) => part !== '').join(': ') },
          locations: [
            {
              physicalLocation: {
                artifactLocation: { uri: place.file.replaceAll('\\', '/') },
                region: { startLine: place.line, startColumn: place.column },
              },
            },
          ],
        })),
      },
    ],
  };
}
