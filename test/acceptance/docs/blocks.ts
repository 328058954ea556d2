/**
 * The blocks of code in README.md and docs/. What they show is run by the tests, or they say why not, in a comment on
 * the line above the block:
 *
 * <!-- not run: WHY -->                 it isn't run <!-- run by test/FILE.test.ts -->     another test runs it, or
 * what it comes to <!-- fails: WORDS -->                 it is run, and has to fail and say these words
 *
 * Without one a `sh` block is run as a script, a `yaml` block is applied, and of a `console` block the commands are run
 * (lines that begin with `$ `) and what they print has to begin as it is shown. `text` and `json` are neither.
 */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '..', '..', '..');

/** The pages, README.md first. */
export const PAGES: readonly string[] = [
  'README.md',
  'charts/access-key-operator/README.md',
  ...globSync('docs/**/*.md', { cwd: ROOT })
    .map((page) => page.replaceAll('\\', '/'))
    .sort(),
];

const LANGUAGES = ['sh', 'yaml', 'console', 'text', 'json'] as const;
type Language = (typeof LANGUAGES)[number];

/** The fate of a block. */
type Fate =
  | { readonly kind: 'run' }
  | { readonly kind: 'fails'; readonly words: string }
  | { readonly kind: 'elsewhere'; readonly file: string }
  | { readonly kind: 'not run'; readonly why: string };

export interface Block {
  readonly page: string;
  readonly line: number;
  /** The heading of the second rank above it; '' before the first one. */
  readonly section: string;
  readonly language: Language;
  readonly text: string;
  readonly fate: Fate;
}

const BLOCK = /^(?:( *)<!-- ((?:(?!-->).)*) -->\n)?( *)```([^\n]*)\n(.*?)^\3```$/gms;
const COMMAND = /^\s*(?:\$ )?(?:kubectl|helm|npm|node|docker|mc|velero|restic|rclone) /m;

/** The blocks of a page, in order. @throws Error for one that doesn't keep to the convention */
export function blocksOf(page: string): Block[] {
  const text = readFileSync(join(ROOT, page), 'utf8');
  return [...text.matchAll(BLOCK)].map((match) => {
    const [whole, , comment, indent = '', info = '', body = ''] = match;
    const line = text.slice(0, match.index).split('\n').length + (comment === undefined ? 0 : 1);
    const section = [...text.slice(0, match.index).matchAll(/^## (.+)$/gm)].at(-1)?.[1] ?? '';
    const fault = (what: string) => new Error(`${page}:${line}: ${what}:\n${whole}`);
    const language = LANGUAGES.find((name) => name === info.split(' ')[0]);
    if (!language) throw fault(`a block is one of ${LANGUAGES.join(', ')}`);
    const fate = fateOf(comment);
    if (!fate) throw fault(`the comment above a block is "not run: WHY", "run by FILE" or "fails: WORDS"`);
    if (fate.kind === 'elsewhere' && !existsSync(join(ROOT, fate.file)))
      throw fault(`there is no ${fate.file}`);
    if ((language === 'text' || language === 'json') && COMMAND.test(body))
      throw fault('a block with commands is sh or console');
    return { page, line, section, language, text: body.replaceAll(new RegExp(`^${indent}`, 'gm'), ''), fate };
  });
}

function fateOf(comment: string | undefined): Fate | undefined {
  if (comment === undefined) return { kind: 'run' };
  const [, why] = /^not run: (.+)$/.exec(comment) ?? [];
  if (why !== undefined) return { kind: 'not run', why };
  const [, file] = /^run by (\S+)$/.exec(comment) ?? [];
  if (file !== undefined) return { kind: 'elsewhere', file };
  const [, words] = /^fails: (.+)$/.exec(comment) ?? [];
  return words === undefined ? undefined : { kind: 'fails', words };
}
