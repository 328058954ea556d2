import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The maximum length of a comment's line: the formatter holds code to it, and leaves comments alone. */
const MAX_COLUMNS = 110;

/** The beginnings of a clause without a main verb, or of one that leans on a sentence before it. */
const NO_BEGINNING =
  /^(What|Whether|How|Of|Told|So|Where|Who|Whose|Whom|When|Why|Which|That|Whatever|Whoever|Wherever)\b/;

/** A verb in the third person: Returns, Queues, Re-reads. */
const VERB = /^(?!(?:This|Its|As|Is|Has|Was|Always|Objects|Lines|Entries|Keys of)\b)[A-Z][a-z-]*s\b/;

const EXPORT = /^export (?:abstract )?(?:async )?(function|const|class|interface|type)\*? (\w+)/;

/** The end of a function's signature, with the result's type: of one line, or the first that begins with `)`. */
const RESULT = /^(?:export .*)?\)(?:: (.+))? [{;]$/m;

const ARROW = /^export const \w+(?:: [^=]+)? = (?:async )?(?:\([^()]*\)|\w+) =>/;

/** Returns the faults of the line with that index. */
type Rule = (lines: readonly string[], at: number) => string[];

/**
 * Returns each fault in the form of a project's comments, a line each. In `scripts` and `test`, only the beginning of a
 * comment counts.
 */
export function badComments(root: string): string[] {
  return [
    ...faultsBelow(root, 'src', [beginningFaults, lengthFaults, exportFaults]),
    ...['scripts', 'test'].flatMap((folder) => faultsBelow(root, folder, [beginningFaults])),
  ];
}

/** Returns the faults of the files in a folder: `FILE:LINE: FAULT`. */
function faultsBelow(root: string, folder: string, rules: readonly Rule[]): string[] {
  const files = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
  return files
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => {
      const lines = readFileSync(join(root, folder, file), 'utf8').split('\n');
      return lines.flatMap((_, at) =>
        rules.flatMap((rule) => rule(lines, at).map((fault) => `${folder}/${file}:${at + 1}: ${fault}`)),
      );
    });
}

function beginningFaults(lines: readonly string[], at: number): string[] {
  if (!/^\s*\/\*\*/.test(lines[at] ?? '')) return [];
  const beginning = NO_BEGINNING.exec(docText(lines.slice(at, at + 2)))?.[0];
  return beginning === undefined ? [] : [`a comment doesn't begin with "${beginning}"`];
}

function lengthFaults(lines: readonly string[], at: number): string[] {
  const line = lines[at] ?? '';
  const isTooLong = line.length > MAX_COLUMNS && /^\s*(\/\/|\/?\*)/.test(line);
  return isTooLong ? [`a comment's line ends at ${MAX_COLUMNS} columns`] : [];
}

function exportFaults(lines: readonly string[], at: number): string[] {
  const [, kind, name] = EXPORT.exec(lines[at] ?? '') ?? [];
  if (name === undefined) return [];
  const comment = commentAbove(lines, at);
  if (comment === undefined) return [`${name} has no comment`];
  const declaration = lines.slice(at).join('\n');
  if (comment === 'shared' || (kind !== 'function' && !ARROW.test(declaration))) return [];
  const result = RESULT.exec(declaration)?.[1] ?? '';
  if (kind === 'function' && (result === 'boolean' || / is /.test(result))) {
    return /^True if /.test(comment) ? [] : [`the comment of ${name}, a predicate, begins with "True if"`];
  }
  return VERB.test(comment) || /^True if /.test(comment)
    ? []
    : [`the comment of ${name} begins with a verb in the third person: "Returns", "Queues"`];
}

/** Returns the text of a declaration's comment; 'shared' if it is one further up in a block without empty lines. */
function commentAbove(lines: readonly string[], at: number): string | 'shared' | undefined {
  const above = lines.slice(0, at);
  const block = above.slice(above.findLastIndex((line) => line.trim() === '') + 1);
  if (!above.at(-1)?.trimEnd().endsWith('*/')) {
    return block.some((line) => line.startsWith('/**')) ? 'shared' : undefined;
  }
  return docText(above.slice(above.findLastIndex((line) => line.startsWith('/**'))));
}

function docText(lines: readonly string[]): string {
  return lines
    .map((line) => line.replace(/^\s*(\/\*\*|\*\/|\*|\/\/) ?|\*\/\s*$/g, '').trim())
    .join(' ')
    .trim();
}
