import { describe, expect, test } from 'vitest';
import { ConfigError, readConfig, usage } from '../../../src/config/config.ts';

const DEFAULTS = {
  clusterName: undefined,
  clusterUid: undefined,
  watchNamespaces: undefined,
  clusterObjectStores: true,
  concurrency: 16,
  policyCheckMs: 3_600_000,
  shutdownGraceMs: 20_000,
  leaderElection: {
    enabled: false,
    namespace: undefined,
    identity: undefined,
    timings: { leaseDurationMs: 15_000, renewDeadlineMs: 10_000, retryPeriodMs: 2_000 },
  },
  httpAddress: { host: undefined, port: 8080 },
  probeAddress: { host: undefined, port: 8081 },
  metricsKeySeries: 1_000,
  logLevel: 'info',
};

/** The faults of a configuration, a line each. */
function faultsOf(args: readonly string[], env: Record<string, string> = {}): string[] {
  try {
    readConfig(args, env);
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n');
    throw error;
  }
  throw new Error('it is taken');
}

describe('the configuration', () => {
  test('has the defaults if nothing is set', () => {
    expect(readConfig([], { PATH: '/bin', KUBECONFIG: 'x' })).toMatchObject(DEFAULTS);
  });

  test('comes from the environment, and a flag overrides it', () => {
    const env = {
      ACCESSKEYS_CONCURRENCY: '4',
      ACCESSKEYS_LOG_LEVEL: 'debug',
      ACCESSKEYS_CLUSTER_NAME: 'prod',
    };
    expect(readConfig([], env)).toMatchObject({
      ...DEFAULTS,
      concurrency: 4,
      logLevel: 'debug',
      clusterName: 'prod',
    });
    expect(readConfig(['--concurrency=8', '--log-level', 'warn'], env)).toMatchObject({
      ...DEFAULTS,
      concurrency: 8,
      logLevel: 'warn',
      clusterName: 'prod',
    });
  });

  test('takes the last of a flag that is given twice', () => {
    expect(readConfig(['--concurrency=8', '--concurrency=9'], {}).concurrency).toBe(9);
  });

  test.each<[string[], Partial<ReturnType<typeof readConfig>>]>([
    [['--cluster-name', 'a'], { clusterName: 'a' }],
    [['--cluster-name', 'a'.repeat(40)], { clusterName: 'a'.repeat(40) }],
    [['--concurrency', '1'], { concurrency: 1 }],
    [['--concurrency', '256'], { concurrency: 256 }],
    [['--policy-check-interval', '1s'], { policyCheckMs: 1_000 }],
    [['--policy-check-interval', '24h'], { policyCheckMs: 86_400_000 }],
    [['--shutdown-grace', '0s'], { shutdownGraceMs: 0 }],
    [['--http-address='], { httpAddress: undefined }],
    [['--probe-address='], { probeAddress: undefined }],
    [['--http-address=127.0.0.1:0'], { httpAddress: { host: '127.0.0.1', port: 0 } }],
    [['--http-address=[::1]:9090'], { httpAddress: { host: '::1', port: 9_090 } }],
    [['--metrics-key-series=0'], { metricsKeySeries: 0 }],
    [['--shutdown-grace', '1m30s'], { shutdownGraceMs: 90_000 }],
  ])('is read from %j', (args, config) => {
    expect(readConfig(args, {})).toMatchObject({ ...DEFAULTS, ...config });
  });
});

describe('--watch-namespaces', () => {
  const ENDPOINTS = '--namespaced-store-endpoints=*';
  test.each<[string[], object]>([
    [['--watch-namespaces=shop', ENDPOINTS], { watchNamespaces: ['shop'], clusterObjectStores: false }],
    [
      ['--watch-namespaces= shop, reports,shop', ENDPOINTS],
      { watchNamespaces: ['shop', 'reports'], clusterObjectStores: false },
    ],
    [
      ['--watch-namespaces=shop', '--cluster-object-stores=true'],
      { watchNamespaces: ['shop'], clusterObjectStores: true },
    ],
    [['--watch-namespaces='], { watchNamespaces: undefined, clusterObjectStores: true }],
    [
      ['--cluster-object-stores=false', ENDPOINTS],
      { watchNamespaces: undefined, clusterObjectStores: false },
    ],
  ])('decides from %j which stores are served', (args, config) => {
    expect(readConfig(args, {})).toMatchObject(config);
  });

  test.each([[['--watch-namespaces=shop']], [['--cluster-object-stores=false']]])(
    '%j is refused, since no store would be served',
    (args) => {
      expect(faultsOf(args)).toEqual([
        'the operator would serve no store: set --namespaced-store-endpoints to the endpoints that ObjectStores may name, or set --cluster-object-stores=true',
      ]);
    },
  );

  test('reports one fault for a value that can’t be read, and no other that follows from it', () => {
    expect(faultsOf(['--watch-namespaces=Shop'])).toHaveLength(1);
  });

  test('--cluster-uid sets the UID', () => {
    const uid = '74b5fd91-7f6c-4b64-8a1e-0d1a6f0b8f10';
    expect(readConfig([`--cluster-uid=${uid}`], {}).clusterUid).toBe(uid);
  });
});

describe('leader election', () => {
  const of = (args: readonly string[], env: Record<string, string> = {}) =>
    readConfig(args, env).leaderElection;

  test.each<[string, Record<string, string>, boolean]>([
    ['on in a pod', { KUBERNETES_SERVICE_HOST: '10.96.0.1' }, true],
    ['off with a kubeconfig', { KUBECONFIG: '/config' }, false],
    [
      'off in a pod with a kubeconfig',
      { KUBERNETES_SERVICE_HOST: '10.96.0.1', KUBECONFIG: '/config' },
      false,
    ],
    ['off with neither', {}, false],
    ['as it is said', { KUBECONFIG: '/config', ACCESSKEYS_LEADER_ELECT: 'true' }, true],
    [
      'off if that is said',
      { KUBERNETES_SERVICE_HOST: '10.96.0.1', ACCESSKEYS_LEADER_ELECT: 'false' },
      false,
    ],
  ])('is %s', (_, env, enabled) => {
    expect(of([], env).enabled).toBe(enabled);
  });

  test('has a Lease, a name in it and times', () => {
    const args = [
      '--leader-election-namespace=keys',
      '--leader-election-identity=operator-5d9c-x2x7z',
      '--leader-election-lease-duration=3s',
      '--leader-election-renew-deadline=2s',
      '--leader-election-retry-period=500ms',
    ];
    expect(of(args)).toEqual({
      enabled: false,
      namespace: 'keys',
      identity: 'operator-5d9c-x2x7z',
      timings: { leaseDurationMs: 3_000, renewDeadlineMs: 2_000, retryPeriodMs: 500 },
    });
  });

  test.each([
    [['--leader-election-lease-duration=10s'], 'the lease duration must be longer than the renew deadline'],
    [
      ['--leader-election-retry-period=9s'],
      'the renew deadline must be longer than 1.2 times the retry period',
    ],
  ])('%j is refused', (args, fault) => {
    expect(faultsOf(args)).toEqual([`leader election: ${fault}`]);
  });
});

describe('a wrong setting', () => {
  test.each([
    ['--http-address', '8080'],
    ['--http-address', ':65536'],
    ['--http-address', 'http://a:1'],
    ['--metrics-key-series', '100001'],
    ['--leader-elect', 'yes'],
    ['--leader-election-namespace', 'Keys'],
    ['--leader-election-identity', 'a/b'],
    ['--leader-election-lease-duration', '1500ms'],
    ['--leader-election-renew-deadline', '0s'],
    ['--leader-election-retry-period', '50ms'],
    ['--cluster-uid', '74b5fd91'],
    ['--cluster-uid', '74B5FD91-7f6c-4b64-8a1e-0d1a6f0b8f10'],
    ['--watch-namespaces', 'Shop'],
    ['--watch-namespaces', 'shop,'],
    ['--watch-namespaces', 'shop reports'],
    ['--watch-namespaces', 'shop.eu'],
    ['--watch-namespaces', '*'],
    ['--watch-namespaces', 'a'.repeat(64)],
    ['--cluster-object-stores', 'read'],
    ['--cluster-name', '-a'],
    ['--cluster-name', 'a.b'],
    ['--cluster-name', 'Prod'],
    ['--cluster-name', 'a'.repeat(41)],
    ['--cluster-name', '*'],
    ['--concurrency', '0'],
    ['--concurrency', '257'],
    ['--concurrency', '1.5'],
    ['--concurrency', '1e2'],
    ['--concurrency', ''],
    ['--policy-check-interval', '0s'],
    ['--policy-check-interval', '25h'],
    ['--policy-check-interval', '60'],
    ['--shutdown-grace', '11m'],
    ['--shutdown-grace', '-1s'],
    ['--log-level', 'trace'],
    ['--log-level', '__proto__'],
  ])('is refused as a flag and as a variable, with the values that it may have: %s=%s', (flag, value) => {
    const variable = `ACCESSKEYS_${flag.slice(2).toUpperCase().replaceAll('-', '_')}`;
    for (const faults of [faultsOf([`${flag}=${value}`]), faultsOf([], { [variable]: value })]) {
      expect(faults).toHaveLength(1);
      expect(faults[0]).toContain(`${flag} (${variable}) is ${JSON.stringify(value)}; expected: `);
    }
  });

  test.each([
    ['a flag that is not known', ['--concurency=4'], 'there is no flag --concurency'],
    ['a short one', ['-v'], 'there is no flag -v'],
    ['a word', ['run'], '"run" is not a flag'],
    ['a word behind --', ['--', 'run'], '"run" is not a flag'],
    ['a negated flag', ['--no-concurrency'], 'there is no flag --no-concurrency'],
    ["the name of an object's own property", ['--constructor=x'], 'there is no flag --constructor'],
  ])('is refused: %s', (_what, args, fault) => {
    expect(faultsOf(args)).toEqual([expect.stringContaining(fault)]);
  });

  test.each(['--cluster-name', '--concurrency'])('is refused if %s has no value', (flag) => {
    expect(faultsOf([flag])).toEqual([expect.stringContaining(flag)]);
  });

  test.each([
    'ACCESSKEYS_METRICS_SERVICE_HOST',
    'ACCESSKEYS_METRICS_SERVICE_PORT_HTTP',
    'ACCESSKEYS_METRICS_PORT_80_TCP_ADDR',
  ])('does not include %s, which Kubernetes sets for a Service', (name) => {
    expect(() => readConfig([], { [name]: 'tcp://10.96.0.9:80' })).not.toThrow();
  });

  test("is refused if it is an unknown variable with the operator's prefix", () => {
    expect(faultsOf([], { ACCESSKEYS_CONCURENCY: '4' })).toEqual([
      'there is no setting ACCESSKEYS_CONCURENCY; see --help',
    ]);
  });

  test('is reported together with all others', () => {
    const faults = faultsOf(['run', '--nonsense', '--concurrency=0'], {
      ACCESSKEYS_LOG_LEVEL: 'loud',
      ACCESSKEYS_OTHER: '1',
      ACCESSKEYS_SHUTDOWN_GRACE: 'soon',
    });
    for (const name of [
      '"run"',
      '--nonsense',
      '--concurrency',
      'ACCESSKEYS_LOG_LEVEL',
      'ACCESSKEYS_OTHER',
      'ACCESSKEYS_SHUTDOWN_GRACE',
    ]) {
      expect(faults.filter((fault) => fault.includes(name))).toHaveLength(1);
    }
    expect(faults).toHaveLength(6);
  });
});

test('the help names every flag and its variable', () => {
  for (const name of [
    'cluster-name',
    'cluster-uid',
    'watch-namespaces',
    'cluster-object-stores',
    'concurrency',
    'policy-check-interval',
    'shutdown-grace',
    'http-address',
    'probe-address',
    'metrics-key-series',
    'leader-elect',
    'leader-election-namespace',
    'leader-election-identity',
    'leader-election-lease-duration',
    'leader-election-renew-deadline',
    'leader-election-retry-period',
    'log-level',
  ]) {
    expect(usage()).toContain(`--${name}, ACCESSKEYS_${name.toUpperCase().replaceAll('-', '_')}`);
  }
});
