import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';

/** The folders of src that each folder may import, beside itself. Files at the root are wired by main.ts alone. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  operator: [
    ...['server', 'config', 'metrics', 'objectstore', 'accesskey', 'ownership'],
    ...['provider', 'kube', 'runtime', 'api'],
  ],
  server: ['config', 'metrics', 'runtime'],
  config: ['runtime', 'api'],
  metrics: ['objectstore', 'accesskey', 'ownership', 'provider', 'runtime', 'api'],
  objectstore: ['accesskey', 'ownership', 'provider', 'kube', 'runtime', 'api'],
  accesskey: ['ownership', 'provider', 'kube', 'runtime', 'api'],
  ownership: ['provider', 'api'],
  kube: ['runtime'],
  provider: [],
  runtime: [],
  api: [],
};

/** Folders whose files decide and do no I/O. */
const PURE_FOLDERS = ['plan', 'policy', 'rotation', 'secret', 'status', 'up-to-date'].map((name) =>
  join('accesskey', name, sep),
);
const PURE = [
  ...PURE_FOLDERS,
  join('ownership', 'names.ts'),
  join('ownership', 'mark.ts'),
  join('ownership', 'new-pair.ts'),
  join('runtime', 'backoff.ts'),
  join('runtime', 'lease.ts'),
  join('provider', 'minio', 'signing.ts'),
  join('provider', 'minio', 'frames.ts'),
];
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
    return PURE.some((start) => file.startsWith(start)) && IO.test(specifier)
      ? [`src/${file} decides and does no I/O, but imports ${specifier}`]
      : [];
  }
  const [from, to] = [file, relative(src, resolve(src, dirname(file), specifier))].map((path) =>
    path.split(sep),
  );
  if (!from || !to || from.length === 1) return [];
  const [fromRoom = '', toRoom = ''] = [from[0], to.length === 1 ? '' : to[0]];
  if (
    fromRoom === toRoom ||
    (fromRoom === 'operator' && toRoom === '') ||
    ALLOWED[fromRoom]?.includes(toRoom)
  )
    return [];
  return [
    `src/${file} imports ${specifier}: ${fromRoom} may import ${ALLOWED[fromRoom]?.join(', ') || 'nothing'} beside itself`,
  ];
}

function importsOf(path: string): string[] {
  const text = readFileSync(path, 'utf8');
  return [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map((match) => match[1] ?? '');
}
