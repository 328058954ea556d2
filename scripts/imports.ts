import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';

/** What each directory of src may import, beside itself; files at the root of src are wired by main.ts alone. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  accesskey: ['store', 'kube', 'runtime', 'api'],
  objectstore: ['accesskey', 'store', 'kube', 'runtime', 'api'],
  metrics: ['objectstore', 'accesskey', 'runtime', 'api'],
  kube: ['runtime'],
  store: [],
  runtime: [],
  api: [],
};

/** Files that decide and do no I/O: none of them imports a module that could. */
const PURE = new Set(
  [
    ...[
      'access',
      'conflict',
      'credential',
      'current-pair',
      'drift',
      'effective-policy',
      'fence',
      'grants',
      'identity',
      'mark',
    ],
    ...[
      'observed-age',
      'pair-time',
      'plan',
      'plan-disable',
      'plan-issue',
      'plan-keep',
      'plan-parts',
      'policy',
      'policy-compare',
      'previous-keys',
      'rotation',
      'secret',
      'settled',
      'status',
    ],
  ].map((name) => join('accesskey', `${name}.ts`)),
);
PURE.add(join('runtime', 'backoff.ts'));
PURE.add(join('runtime', 'lease.ts'));
PURE.add(join('store', 'minio', 'signing.ts'));
PURE.add(join('store', 'minio', 'frames.ts'));
const IO = /^(node:(?!crypto$|util$|buffer$)|undici$|@kubernetes\/)/;

/** Every import below `src` that breaks the rule "imports run one way", a line each. */
export function brokenImports(src: string): string[] {
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  );
  return files.flatMap((file) =>
    importsOf(join(src, file)).flatMap((specifier) => fault(src, file, specifier)),
  );
}

function fault(src: string, file: string, specifier: string): string[] {
  if (!specifier.startsWith('.')) {
    return PURE.has(file) && IO.test(specifier)
      ? [`src/${file} decides and does no I/O, but imports ${specifier}`]
      : [];
  }
  const [from, to] = [file, relative(src, resolve(src, dirname(file), specifier))].map((path) =>
    path.split(sep),
  );
  if (!from || !to || from.length === 1) return [];
  const [fromRoom = '', toRoom = ''] = [from[0], to.length === 1 ? '' : to[0]];
  if (fromRoom === toRoom || ALLOWED[fromRoom]?.includes(toRoom)) return [];
  return [
    `src/${file} imports ${specifier}: ${fromRoom} may import ${ALLOWED[fromRoom]?.join(', ') || 'nothing'} beside itself`,
  ];
}

function importsOf(path: string): string[] {
  const text = readFileSync(path, 'utf8');
  return [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map((match) => match[1] ?? '');
}
