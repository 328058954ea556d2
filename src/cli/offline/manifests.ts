/** Manifests as people keep them: files of several YAML documents, and folders of such files. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Document, isCollection, isMap, isNode, isScalar, LineCounter, parseAllDocuments } from 'yaml';
import { CliError } from '../shell/errors.ts';
import { EXIT } from '../shell/exit-codes.ts';

/** A place in a file; lines and columns count from 1. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** The way to a value: names of fields, and indexes. */
export type Path = readonly (string | number)[];

/** One object of a file. */
export interface Manifest {
  readonly file: string;
  readonly kind: string;
  readonly apiVersion: string;
  readonly object: Readonly<Record<string, unknown>>;
  /** Returns the place of a field; of the nearest field around it if the manifest doesn't have it. */
  positionOf(path: Path): Position;
}

/** A text that isn't YAML. */
export interface Unreadable {
  readonly place: Position;
  readonly cause: string;
  /** True if the text has placeholders of Helm. */
  readonly isTemplate: boolean;
}

const YAML_FILE = /\.(ya?ml|json)$/;

/**
 * Reads a file, the files of a folder and its folders, or standard input (`-`).
 * @throws CliError if there is no such path
 */
export function readManifests(path: string): { manifests: Manifest[]; unreadable: Unreadable[] } {
  const manifests: Manifest[] = [];
  const unreadable: Unreadable[] = [];
  for (const file of filesOf(path)) {
    const found = parseManifests(file, file === '-' ? readFileSync(0, 'utf8') : readFileSync(file, 'utf8'));
    manifests.push(...found.manifests);
    unreadable.push(...found.unreadable);
  }
  return { manifests, unreadable };
}

/** Takes a text apart into its objects; the items of a List count as objects of their own. */
export function parseManifests(
  file: string,
  text: string,
): { manifests: Manifest[]; unreadable: Unreadable[] } {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines });
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { file, line, column: col };
  };
  const manifests: Manifest[] = [];
  const unreadable: Unreadable[] = [];
  for (const document of Array.isArray(documents) ? documents : []) {
    const [error] = document.errors;
    if (error)
      unreadable.push({
        ...{ place: at(error.pos[0]), cause: firstLine(error.message) },
        isTemplate: text.includes('{{'),
      });
    else manifests.push(...objectsOf(file, document, at));
  }
  return { manifests, unreadable };
}

function objectsOf(file: string, document: Document, at: (offset: number) => Position): Manifest[] {
  const whole: unknown = document.toJS();
  const place = (base: Path) => (path: Path) => {
    for (const full = [...base, ...path]; ; full.pop()) {
      const offset = offsetOf(document, full);
      if (offset !== undefined) return at(offset);
      if (full.length === 0) return at(document.range?.[0] ?? 0);
    }
  };
  const { kind, items } = (whole ?? {}) as { kind?: unknown; items?: unknown };
  if (typeof kind === 'string' && kind.endsWith('List') && Array.isArray(items))
    return items.flatMap((item, index) => manifestOf(file, item, place(['items', index])));
  return manifestOf(file, whole, place([]));
}

/** The place of a value; of a map or list in a field, the place of the field's name. */
function offsetOf(document: Document, path: Path): number | undefined {
  const node: unknown = document.getIn(path, true);
  const name = path.at(-1);
  if (isCollection(node) && typeof name === 'string') {
    const parent: unknown = document.getIn(path.slice(0, -1), true);
    const pair = isMap(parent)
      ? parent.items.find(({ key }) => isScalar(key) && key.value === name)
      : undefined;
    if (isScalar(pair?.key)) return pair.key.range?.[0];
  }
  return isNode(node) ? node.range?.[0] : undefined;
}

function manifestOf(file: string, value: unknown, positionOf: Manifest['positionOf']): Manifest[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  const object = value as Record<string, unknown>;
  const { kind, apiVersion } = object;
  if (typeof kind !== 'string' || typeof apiVersion !== 'string') return [];
  return [{ file, kind, apiVersion, object, positionOf }];
}

function filesOf(path: string): string[] {
  if (path === '-') return ['-'];
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined)
    throw new CliError(
      EXIT.failed,
      `there is no file or folder ${path}`,
      'write the path of a manifest, or - for standard input',
    );
  if (!stats.isDirectory()) return [path];
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((name) => YAML_FILE.test(name) && !/(^|[/\\])(\.|node_modules[/\\])/.test(name))
    .sort()
    .map((name) => join(path, name));
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? '';
}
