/** The layers below accesskey/, which each of its parts may import. */
const BELOW_ACCESS_KEYS = ['ownership', 'provider', 'kube', 'runtime', 'api'];

/** The steps of accesskey/ from the top down. Each may import those below it, and none on its own level. */
const ACCESS_KEY_STEPS = [
  ['reconcile.ts'],
  ['sync.ts', 'revoke'],
  ['apply'],
  ['plan', 'up-to-date'],
  ['observe', 'status'],
  ['rotation', 'context'],
  ['secret'],
  ['policy'],
].map((step) => step.map((name) => `accesskey/${name}`));

/** The parts of the operator that decide, which the command line shares with it. */
const SHARED_WITH_CLI = [
  ...['observed-by-spec.ts', 'store-kinds.ts'].map((name) => `objectstore/${name}`),
  ...['context/stores.ts', 'secret', 'policy'].map((name) => `accesskey/${name}`),
  ...BELOW_ACCESS_KEYS,
];

/**
 * The parts of the command line that run in a browser too: they decide, or define what goes between page and server.
 */
const SHARED_WITH_PAGE = [
  ...['ui/protocol.ts', 'keys/new-key.ts', 'print/time.ts'].map((name) => `cli/${name}`),
  ...['bucket-name.ts', 'names.ts'].map((name) => `api/${name}`),
];

/** Each layer of src, a folder or a file at the root, and the layers that it may import beside itself. */
export const LAYERS: Readonly<Record<string, readonly string[]>> = {
  'main.ts': ['log.ts', 'operator', 'config', 'kube', 'network', 'runtime'],
  'helm-test.ts': ['kube', 'runtime', 'api'],
  'log.ts': ['config'],
  'version.ts': [],
  cli: ['version.ts', 'network', ...SHARED_WITH_CLI],
  'cli/page': SHARED_WITH_PAGE,
  operator: [
    ...['version.ts', 'server', 'config', 'metrics', 'objectstore', 'accesskey', 'ownership'],
    ...['provider/iam', 'provider/minio', 'provider', 'kube', 'network', 'runtime', 'api'],
  ],
  server: ['config', 'metrics', 'runtime'],
  config: ['network', 'runtime', 'api'],
  metrics: ['objectstore', 'accesskey', 'ownership', 'provider', 'network', 'runtime', 'api'],
  objectstore: ['accesskey', 'ownership', 'provider', 'kube', 'runtime', 'api'],
  accesskey: [],
  ...Object.fromEntries(
    ACCESS_KEY_STEPS.flatMap((step, at) =>
      step.map((layer) => [layer, [...ACCESS_KEY_STEPS.slice(at + 1).flat(), ...BELOW_ACCESS_KEYS]]),
    ),
  ),
  ownership: ['provider', 'api'],
  'kube/clientset.ts': ['kube', 'api'],
  kube: ['network', 'runtime', 'api/meta.ts'],
  'provider/iam': ['provider/documents', 'provider', 'network', 'runtime'],
  'provider/minio': ['provider/documents', 'provider', 'network', 'runtime'],
  'provider/documents': ['provider'],
  provider: ['network'],
  network: [],
  runtime: [],
  'api/schema': ['api'],
  api: [],
};

/**
 * The folders and files that only decide. They do no I/O, read no clock, draw nothing at random and never wait. The same
 * holds for what they import, except for types.
 */
export const PURE = [
  ...['plan', 'policy', 'rotation', 'secret', 'status', 'up-to-date'].map((name) => `accesskey/${name}`),
  'accesskey/context/granted.ts',
  'accesskey/context/own-secrets.ts',
  'accesskey/context/stores.ts',
  'accesskey/observe/to-read.ts',
  'api',
  'kube/objects.ts',
  'ownership/attached-to.ts',
  'ownership/mark.ts',
  'ownership/names.ts',
  'ownership/new-pair.ts',
  'provider/documents',
  'provider/errors.ts',
  'provider/minio/frames.ts',
  'provider/minio/signing.ts',
  'runtime/backoff.ts',
  'runtime/key.ts',
  'runtime/lease.ts',
];

/** The modules of Node that compute and do nothing else. */
export const PURE_MODULES = /^(node:(crypto|util|buffer|net)$|zod$)/;

/** The words of a side effect in the code of a pure file. The default of an argument is none: `now = Date.now`. */
export const IMPURE =
  /\b(async|await|performance|process|randomUUID|randomInt|set(Timeout|Interval|Immediate))\b|(?<!= )\b(Date\.now|Math\.random)\b|\bnew Date\(\)/;
