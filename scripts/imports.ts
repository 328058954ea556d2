import { readdirSync, readFileSync } from 'node:fs';
import { join, posix, sep } from 'node:path';
import { circles, type Graph } from './circles.ts';
import { IMPURE, LAYERS, PURE, PURE_MODULES } from './layers.ts';

interface Import {
  readonly specifier: string;
  /** Below src; undefined for a package or a module of Node, and for a file beside src. */
  readonly file: string | undefined;
  /** True if types alone are imported: nothing of it is left when the program runs. */
  readonly isType: boolean;
}

type Imports = ReadonlyMap<string, readonly Import[]>;

/** Returns each fault of the imports below `src`, a line each: upward, in a circle, or impure in a pure folder. */
export function brokenImports(src: string): string[] {
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) =>
    /\.tsx?$/.test(file),
  );
  const texts = new Map(
    files.map((file) => [file.split(sep).join('/'), readFileSync(join(src, file), 'utf8')] as const),
  );
  const imports: Imports = new Map([...texts].map(([file, text]) => [file, importsOf(file, text)]));
  const edges = [...imports].flatMap(([from, all]) =>
    all.flatMap(({ file }) => (file === undefined ? [] : [[from, file] as const])),
  );
  return [
    ...edges.flatMap(([from, to]) => upward(from, to)),
    ...[...texts].filter(([file]) => isPure(file)).flatMap(([file, text]) => impure(file, text, imports)),
    ...[...imports].flatMap(([from, all]) => schemaValues(from, all)),
    ...circles(graphOf(edges)).map((circle) => `these files import each other: ${circle.join(', ')}`),
    ...circles(graphOf(edges.map(([from, to]) => [folderOf(from), folderOf(to)] as const))).map(
      (circle) => `these folders import each other: ${circle.join(', ')}`,
    ),
  ];
}

function upward(from: string, to: string): string[] {
  const [above, below] = [layerOf(from), layerOf(to)];
  if (above === undefined) return [`src/${from} is in no layer: add it to LAYERS in scripts/layers.ts`];
  if (below === undefined || above === below) return [];
  const allowed = LAYERS[above] ?? [];
  if (allowed.some((layer) => isIn(to, layer))) return [];
  return [`src/${from} imports ${to}: ${above} may import ${allowed.join(', ') || 'nothing'} beside itself`];
}

/** The schemas stand on zod, which the operator's image doesn't have: it checks objects by their CRDs. */
function schemaValues(from: string, all: readonly Import[]): string[] {
  if (['api/schema', 'cli'].some((layer) => isIn(from, layer))) return [];
  return all
    .filter(({ file, isType }) => !isType && file !== undefined && isIn(file, 'api/schema'))
    .map(
      ({ specifier }) =>
        `src/${from} imports values of ${specifier}: the operator may import its types alone`,
    );
}

function impure(file: string, text: string, imports: Imports): string[] {
  const act = IMPURE.exec(withoutComments(text))?.[0];
  const values = (imports.get(file) ?? []).filter(({ isType }) => !isType);
  return [
    ...(act === undefined ? [] : [`src/${file} decides and does no I/O, but has ${act}`]),
    ...values
      .filter((one) => (one.file === undefined ? !PURE_MODULES.test(one.specifier) : !isPure(one.file)))
      .map(({ specifier }) => `src/${file} decides and does no I/O, but imports ${specifier}`),
  ];
}

function graphOf(edges: readonly (readonly [from: string, to: string])[]): Graph {
  const byStart = Map.groupBy(edges, ([from]) => from);
  return new Map([...byStart].map(([from, all]) => [from, new Set(all.map(([, to]) => to))]));
}

/** The layer whose name is the longest beginning of the path. */
function layerOf(file: string): string | undefined {
  return Object.keys(LAYERS)
    .filter((layer) => isIn(file, layer))
    .sort((a, b) => b.length - a.length)[0];
}

function folderOf(file: string): string {
  const folder = posix.dirname(file);
  // A file at the top of src or of accesskey/ is a step of its own.
  return folder === '.' || folder === 'accesskey' ? file : folder;
}

function isPure(file: string): boolean {
  return PURE.some((path) => isIn(file, path));
}

function isIn(file: string, path: string): boolean {
  return file === path || file.startsWith(`${path}/`);
}

const STATEMENT =
  /^(?:import|export)\s+(type\s)?[^;]*?from\s*'([^']+)'|^import\s*'([^']+)'|\bimport\(\s*'([^']+)'/gm;

function importsOf(file: string, text: string): Import[] {
  return [...text.matchAll(STATEMENT)].map(([, type, from, bare, dynamic]) => {
    const specifier = from ?? bare ?? dynamic ?? '';
    const target = posix.join(posix.dirname(file), specifier);
    const isFile = specifier.startsWith('.') && !target.startsWith('..');
    return { specifier, file: isFile ? target : undefined, isType: type !== undefined };
  });
}

function withoutComments(text: string): string {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/\/\/.*$/gm, '')
    .replace(/'(?:[^'\\\n]|\\.)*'/g, "''");
}
