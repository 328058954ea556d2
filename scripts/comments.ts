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

/** Returns each fault in the form of the comments below `src`, a line each. */
export function badComments(src: string): string[] {
  return readdirSync(src, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => faultsOf(readFileSync(join(src, file), 'utf8')).map((fault) => `src/${file}${fault}`));
}

/** Returns the faults of a file's comments: `:LINE: FAULT`. */
function faultsOf(text: string): string[] {
  const lines = text.split('\n');
  return lines.flatMap((line, at) => {
    const faults = [...lineFaults(line, lines[at + 1] ?? ''), ...exportFaults(lines, at)];
    return faults.map((fault) => `:${at + 1}: ${fault}`);
  });
}

function lineFaults(line: string, next: string): string[] {
  if (!/^\s*(\/\/|\/?\*)/.test(line)) return [];
  const beginning = NO_BEGINNING.exec(docText([line, next]))?.[0];
  return [
    ...(line.length > MAX_COLUMNS ? [`a comment's line ends at ${MAX_COLUMNS} columns`] : []),
    ...(/^\s*\/\*\*/.test(line) && beginning ? [`a comment doesn't begin with "${beginning}"`] : []),
  ];
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
