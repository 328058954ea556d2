/** The rendered chart for each feature, checked by helm and by the API server: a server-side dry run of all of it. */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual, promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { releaseChart } from '../../../scripts/release-chart.ts';
import { API_VERSION, FINALIZER } from '../../../src/api/names.ts';
import type { KubeObject, Ref } from '../../bed/api.ts';
import { knowsFinalizerPolicy, triedFinalizers } from '../../bed/install.ts';
import { findPrograms } from '../../bed/programs.ts';
import { bedContext } from '../../integration/support/bed-context.ts';
import { until } from '../../integration/support/fixtures.ts';
import { CASES, WATCHED } from './cases.ts';
import { CHART, helmOf, IMAGE, type Values } from './helm.ts';
import { prometheusCrds } from './prometheus-crds.ts';

const { bed, namespace: makeNamespace } = await bedContext();
const helm = await helmOf(bed);
const addsFinalizers = await knowsFinalizerPolicy(bed.api);
const { kubectl } = await findPrograms(['kubectl'], console.log);
const env = { PATH: process.env['PATH'] ?? '', HOME: bed.folder, KUBECONFIG: bed.adminKubeconfig };
let namespace = '';
/** The CRDs of the Prometheus operator. */
let crds: readonly KubeObject[] = [];

beforeAll(async () => {
  namespace = await makeNamespace('chart');
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  await bed.api.apply({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: namespace, labels } as never,
  });
  crds = await prometheusCrds();
  await Promise.all(crds.map((crd) => bed.api.apply(crd)));
  const names = crds.map(({ metadata }) => `crd/${metadata.name}`);
  await promisify(execFile)(kubectl, ['wait', '--for=condition=Established', ...names], { env });
  for (const name of WATCHED)
    await bed.api.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
}, 300_000);
afterAll(async () => {
  await Promise.all(crds.map((crd) => bed.api.delete(crd)));
  for (const name of [namespace, ...WATCHED])
    await bed.api.delete({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
});

/** Has the API server check the objects as if they were applied. @throws Error with its sentence */
async function dryRun(objects: readonly KubeObject[]): Promise<void> {
  const args = [
    'apply',
    '--server-side',
    '--force-conflicts',
    '--dry-run=server',
    '--validate=strict',
    '-f',
    '-',
  ];
  const running = promisify(execFile)(kubectl, args, { env });
  running.child.stdin?.end(JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }));
  await running;
}

/** A pod as the Deployment's controller makes it. */
function podOf(deployment: KubeObject, name: string): KubeObject {
  const { template } = deployment.spec as { template: { metadata: object; spec: Record<string, unknown> } };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...template.metadata, name, namespace },
    spec: template.spec,
  };
}

const find = (objects: readonly KubeObject[], kind: string) =>
  objects.filter((object) => object.kind === kind);

describe.each(CASES)('$name', ({ values }) => {
  test('passes helm lint', async () => {
    const said = await helm.run('lint', '--strict', CHART, '--values', await helm.values(values));
    expect(said).toContain('1 chart(s) linted, 0 chart(s) failed');
  });

  test('renders what the API server takes, with pods that a restricted namespace takes', async () => {
    const objects = await helm.template('keys', namespace, values);
    const [deployment] = find(objects, 'Deployment');
    if (deployment === undefined) throw new Error('the chart has no Deployment');
    // A pod of a ServiceAccount that isn't there yet would be refused for that.
    const accounts = [...find(objects, 'Pod'), podOf(deployment, 'operator')].map((pod) => ({
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { namespace, name: String(pod.spec?.['serviceAccountName']) },
    }));
    for (const account of accounts) await bed.api.apply(account);
    await dryRun([...objects, podOf(deployment, 'operator')]);
  });
});

test('the dry run refuses a field that there isn’t, and a pod that isn’t restricted', async () => {
  const [deployment] = find(await helm.template('keys', namespace, IMAGE), 'Deployment');
  if (deployment === undefined) throw new Error('the chart has no Deployment');
  await expect(dryRun([{ ...deployment, spec: { ...deployment.spec, replica: 1 } }])).rejects.toThrow(
    'unknown field "replica"',
  );
  const pod = podOf(deployment, 'operator');
  const account = { namespace, name: String(pod.spec?.['serviceAccountName']) };
  await bed.api.apply({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: account });
  await expect(dryRun([{ ...pod, spec: { ...pod.spec, hostNetwork: true } }])).rejects.toThrow('PodSecurity');
});

test('what the Prometheus operator reads is checked by its own CRDs', async () => {
  const metrics = { serviceMonitor: { enabled: true }, prometheusRule: { enabled: true } };
  const objects = await helm.template('keys', namespace, { ...IMAGE, metrics });
  const [monitor] = find(objects, 'ServiceMonitor');
  const [rule] = find(objects, 'PrometheusRule');
  if (monitor === undefined || rule === undefined) throw new Error('the chart has neither');
  await dryRun([monitor, rule]);
  const wrong = (interval: string) => ({ ...monitor, spec: { ...monitor.spec, endpoints: [{ interval }] } });
  await expect(dryRun([wrong('half a minute')])).rejects.toThrow('spec.endpoints[0].interval');
  const groups = [{ name: 'a', rules: [{ alert: 'A', expression: 'up' }] }];
  await expect(dryRun([{ ...rule, spec: { groups } }])).rejects.toThrow('unknown field');
});

test('a released chart needs no value for its image, and can be packed', async () => {
  const folder = await mkdtemp(join(bed.folder, 'release-'));
  const chart = releaseChart('registry.example.com/owner/access-key-operator', folder);
  await helm.run('package', chart, '--destination', folder);
  const { version } = parse(await readFile(join(CHART, 'Chart.yaml'), 'utf8'));
  const text = await helm.run('template', 'keys', join(folder, `access-key-operator-${version}.tgz`));
  expect(text).toContain(`image: "registry.example.com/owner/access-key-operator:${version}"`);
});

describe('the network policy', () => {
  const egress = async (extraEnv: readonly unknown[], proxyEgress: readonly unknown[] = []) => {
    const networkPolicy = { enabled: true, storeEgress: [{ ports: [{ port: 9000 }] }], proxyEgress };
    const objects = await helm.template('keys', namespace, { ...IMAGE, extraEnv, networkPolicy });
    return find(objects, 'NetworkPolicy')[0]?.spec?.['egress'];
  };
  const proxy = (value: string, name = 'HTTPS_PROXY') => ({ name, value });
  const opened = (...ports: number[]) => [{ ports: ports.map((port) => ({ port, protocol: 'TCP' })) }];

  test.each([
    ['a port', [proxy('http://proxy.example.com:3128')], opened(3128)],
    ['no scheme', [proxy('proxy:8080')], opened(8080)],
    ['a user and a slash', [proxy('http://me:s@proxy:3128/')], opened(3128)],
    ['an IPv6 address without a port', [proxy('http://[fd00::3128]')], opened(80)],
    ['https without a port', [proxy('https://proxy')], opened(443)],
    ['a host from the environment', [proxy('http://$(PROXY_HOST):3128')], opened(3128)],
    ['a name in lowercase', [proxy('proxy:8080', 'https_proxy')], opened(8080)],
    ['two on one port', [proxy('a:8080'), proxy('b:8080', 'HTTP_PROXY')], opened(8080)],
    ['two ports', [proxy('a:8443'), proxy('b:8080', 'http_proxy')], opened(8443, 8080)],
    ['no proxy', [proxy('a:3128', 'NO_PROXY'), proxy('')], []],
    [
      'a value of a Secret',
      [{ name: 'HTTPS_PROXY', valueFrom: { secretKeyRef: { name: 'a', key: 'b' } } }],
      [],
    ],
  ])('opens the port of the proxy that extraEnv sets: %s', async (_, extraEnv, rules) => {
    const without = (await egress([])) as unknown[];
    expect(await egress(extraEnv)).toEqual([...without, ...rules]);
  });

  test('opens what proxyEgress says instead', async () => {
    const own = [{ to: [{ ipBlock: { cidr: '192.0.2.1/32' } }], ports: [{ port: 3128, protocol: 'TCP' }] }];
    const without = (await egress([])) as unknown[];
    expect(await egress([proxy('proxy:8080')], own)).toEqual([...without, ...own]);
  });
});

describe('the defaults', () => {
  const objects = helm.template('keys', 'keys', IMAGE);

  test('give the operator the roles that the tests run it with, and nothing more', async () => {
    const roles = (await objects).filter(({ kind }) => kind === 'ClusterRole' || kind === 'Role');
    const rulesOf = (name: string) => roles.find(({ metadata }) => metadata.name === name)?.['rules'];
    const file = async (name: string) => parse(await readFile(join(CHART, 'files', name), 'utf8')).rules;
    expect(rulesOf('keys-access-key-operator')).toEqual(await file('clusterrole.yaml'));
    expect(rulesOf('keys-access-key-operator-leader-election')).toEqual(
      await file('role-leader-election.yaml'),
    );
    const bindings = (await objects).filter(({ kind }) => kind.endsWith('RoleBinding'));
    expect(bindings.map(({ kind, subjects }) => [kind, (subjects as { name: string }[])[0]?.name])).toEqual([
      ['ClusterRoleBinding', 'keys-access-key-operator'],
      ['RoleBinding', 'keys-access-key-operator'],
      ['RoleBinding', 'keys-access-key-operator-test'],
    ]);
  });

  test('give people AccessKeys, but no status, no finalizers and no stores', async () => {
    const aggregated = find(await objects, 'ClusterRole').filter(({ metadata }) =>
      Object.keys(metadata.labels ?? {}).some((label) => label.includes('/aggregate-to-')),
    );
    expect(aggregated).toHaveLength(2);
    for (const { rules } of aggregated)
      expect((rules as { resources: string[] }[]).flatMap(({ resources }) => resources)).toEqual([
        'accesskeys',
      ]);
  });

  test('let tools of servicebinding.io read AccessKeys: the controller manager adds up their role', async () => {
    const [role, ...others] = find(await objects, 'ClusterRole').filter(
      ({ metadata }) => metadata.labels?.['servicebinding.io/controller'] === 'true',
    );
    if (role === undefined) throw new Error('the chart has no such ClusterRole');
    expect(others).toEqual([]);
    const tool = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: `${namespace}-servicebinding-tool` },
    };
    try {
      await bed.api.apply(role);
      const clusterRoleSelectors = [{ matchLabels: { 'servicebinding.io/controller': 'true' } }];
      await bed.api.apply({ ...tool, aggregationRule: { clusterRoleSelectors } });
      await until('aggregated', async () =>
        isDeepStrictEqual((await bed.api.get(tool))?.['rules'], role['rules']),
      );
      expect(role['rules']).toEqual([
        { apiGroups: ['accesskeys.dev'], resources: ['accesskeys'], verbs: ['get', 'list', 'watch'] },
      ]);
    } finally {
      for (const made of [tool, role]) await bed.api.delete(made);
    }
  });

  test('have each CRD of crds/ as it is, and keep it', async () => {
    const crds = find(await objects, 'CustomResourceDefinition');
    expect(crds.length).toBe((await readdir(join(CHART, '..', '..', 'crds'))).length);
    for (const { metadata, spec } of crds) {
      expect(metadata.annotations).toMatchObject({ 'helm.sh/resource-policy': 'keep' });
      const [plural, ...group] = metadata.name.split('.');
      const path = join(CHART, '..', '..', 'crds', `${group.join('.')}_${plural}.yaml`);
      const file = parse(await readFile(path, 'utf8'));
      expect(spec).toEqual(file.spec);
      expect(metadata.labels).toMatchObject(file.metadata.labels ?? {});
    }
  });
});

describe('the policy that adds finalizers', () => {
  const ofPolicy = async (values: Values, ...args: readonly string[]) =>
    (await helm.template('keys', namespace, { ...IMAGE, ...values }, ...args)).filter(({ kind }) =>
      kind.startsWith('MutatingAdmissionPolicy'),
    );
  const apis = (version: string) =>
    `--api-versions=admissionregistration.k8s.io/${version}/MutatingAdmissionPolicy`;
  const versions = async (...args: Parameters<typeof ofPolicy>) =>
    (await ofPolicy(...args)).map(({ apiVersion }) => apiVersion.split('/')[1]);

  test('has the version that the cluster serves', async () => {
    expect(await versions({}, apis('v1'), apis('v1beta1'))).toEqual(['v1', 'v1']);
  });

  test('is left out if its value, or that of all policies, says so', async () => {
    expect(await ofPolicy({ admissionPolicy: { addFinalizer: false } }, apis('v1'))).toEqual([]);
    expect(await ofPolicy({ admissionPolicy: { enabled: false } }, apis('v1'))).toEqual([]);
  });

  const OWN = { namespacedStores: { enabled: true, endpoints: ['*'] } };

  test('is there for the stores that the release serves', async () => {
    const names = async (values: Values) =>
      (await ofPolicy(values, apis('v1'))).map(({ metadata }) => metadata.name.split('.')[1]);
    expect(await names({})).toEqual(['clusterobjectstores', 'clusterobjectstores']);
    expect(new Set(await names(OWN))).toEqual(new Set(['clusterobjectstores', 'objectstores']));
    expect(
      await ofPolicy({ watchNamespaces: ['shop'], clusterObjectStores: { enabled: true } }, apis('v1')),
    ).toEqual([]);
  });

  test.skipIf(!addsFinalizers)(
    'with watchNamespaces it leaves the AccessKeys of other namespaces alone',
    async () => {
      const objects = await ofPolicy({ watchNamespaces: ['shop'], ...OWN }, apis('v1'));
      const stores = ['shop', 'reports'].map((where) => ({
        ...{ apiVersion: API_VERSION, kind: 'ObjectStore', metadata: { namespace: where, name: 'own' } },
        spec: { endpoint: 'https://minio.storage.svc:9000', credentialsRef: { name: 'minio' } },
      }));
      const ready = { type: 'Ready', status: 'True', reason: 'Ready', message: '' };
      const status = { conditions: [{ ...ready, lastTransitionTime: '2026-01-01T00:00:00Z' }] };
      const added = (where: string) => triedFinalizers(bed.api, where, { kind: 'ObjectStore', name: 'own' });
      for (const object of objects) await bed.api.apply(object as Ref & Record<string, unknown>);
      try {
        for (const store of stores) {
          await bed.api.create(store);
          expect(await added(store.metadata.namespace)).toEqual([]);
          await bed.api.patch(store, { status }, { subresource: 'status' });
        }
        await until('in force', async () => (await added('shop'))[0] === FINALIZER);
        expect(await added('reports')).toEqual([]);
      } finally {
        for (const object of [...objects, ...stores]) await bed.api.delete(object);
      }
    },
  );
});

test('the lists of what Secrets may hold reach the operator and the admission policy', async () => {
  const secrets = { names: ['s3-*'], labels: ['team', 'example.com/*'], annotations: [], dataKeys: ['S3_*'] };
  const objects = await helm.template('keys', namespace, { ...IMAGE, secrets });
  const args = JSON.stringify(objects.find(({ kind }) => kind === 'Deployment'));
  for (const arg of ['names=s3-*', 'labels=team,example.com/*', 'annotations=', 'data-keys=S3_*'])
    expect(args).toContain(`"--secret-${arg}"`);
  const policy = objects.find(({ metadata }) => metadata.name === 'secrets.accesskeys.dev');
  expect(policy?.spec?.['variables']).toEqual(
    expect.arrayContaining([
      { name: 'names', expression: "['s3-*']" },
      { name: 'labels', expression: "['team', 'example.com/*']" },
      { name: 'annotations', expression: '[]' },
      { name: 'dataKeys', expression: "['S3_*']" },
    ]),
  );
  for (const labels of [["a'b"], ['a b'], ['*x'], ['a\\b']])
    await expect(helm.template('keys', namespace, { ...IMAGE, secrets: { labels } })).rejects.toThrow(
      'secrets',
    );
});

test('stores of namespaces are seen by all who see keys, and written by administrators', async () => {
  const namespacedStores = { enabled: true, endpoints: ['*'] };
  const roles = find(await helm.template('keys', 'keys', { ...IMAGE, namespacedStores }), 'ClusterRole');
  const written = roles.filter(({ rules }) =>
    (rules as { resources: string[]; verbs: string[] }[]).some(
      ({ resources, verbs }) => resources.includes('objectstores') && verbs.includes('create'),
    ),
  );
  expect(
    written.map(({ metadata }) =>
      Object.keys(metadata.labels ?? {}).filter((one) => one.includes('/aggregate-')),
    ),
  ).toEqual([['rbac.authorization.k8s.io/aggregate-to-admin']]);
});

describe('an operator of some namespaces', () => {
  const watchNamespaces = ['shop', 'reports'];
  const namespacedStores = { enabled: true, endpoints: ['*'] };
  const render = (values: object = {}) =>
    helm.template('keys', 'home', { ...IMAGE, watchNamespaces, namespacedStores, ...values });
  interface Rule {
    readonly apiGroups: string[];
    readonly resources: string[];
    readonly verbs: string[];
  }
  const isHook = ({ metadata }: KubeObject) => metadata.annotations?.['helm.sh/hook'] !== undefined;
  const bound = (objects: readonly KubeObject[]) =>
    objects
      .filter((object) => object.kind.endsWith('RoleBinding') && !isHook(object))
      .map(({ kind, metadata, roleRef, subjects }) => {
        const [subject] = subjects as { name: string; namespace: string }[];
        const { kind: role, name } = roleRef as { kind: string; name: string };
        return `${kind} in ${metadata.namespace}: ${role} ${name} to ${subject?.namespace}/${subject?.name}`;
      })
      .sort();

  test('has a Role in each, one for its Lease, one to read kube-system’s UID, and no ClusterRole', async () => {
    const objects = await render();
    expect(bound(objects)).toEqual([
      'RoleBinding in home: Role keys-access-key-operator-leader-election to home/keys-access-key-operator',
      'RoleBinding in kube-system: Role home-keys-access-key-operator-cluster-uid to home/keys-access-key-operator',
      'RoleBinding in reports: Role home-keys-access-key-operator to home/keys-access-key-operator',
      'RoleBinding in shop: Role home-keys-access-key-operator to home/keys-access-key-operator',
    ]);
    const aggregated = ({ metadata }: KubeObject) =>
      Object.keys(metadata.labels ?? {}).some((label) => /aggregate-to-|servicebinding/.test(label));
    expect(find(objects, 'ClusterRole').filter((role) => !aggregated(role))).toEqual([]);
  });

  test('may do in each what the ClusterRole has, but for what has no namespace', async () => {
    const file = async (name: string): Promise<Rule[]> =>
      parse(await readFile(join(CHART, 'files', name), 'utf8')).rules;
    const spelled = (rules: readonly Rule[]) =>
      rules.flatMap(({ apiGroups, resources, verbs }) =>
        resources.map((resource) => `${apiGroups}/${resource}: ${verbs}`),
      );
    const wanted = spelled(await file('clusterrole.yaml')).filter(
      (rule) => !/clusterobjectstores|\/namespaces/.test(rule),
    );
    expect(wanted.length).toBeGreaterThan(5);
    const roles = find(await render(), 'Role').filter(
      (role) => watchNamespaces.includes(role.metadata.namespace ?? '') && !isHook(role),
    );
    expect(roles.map(({ rules }) => spelled(rules as Rule[]))).toEqual([wanted, wanted]);
  });

  test('reads stores for all, and each object that these refer to, if told to', async () => {
    const other = { namespace: 'storage', name: 'other-admin' };
    const objects = await render({
      clusterObjectStores: {
        enabled: true,
        references: [
          { kind: 'Secret', ...other },
          { kind: 'Secret', ...other },
          { kind: 'ConfigMap', namespace: 'ca', name: 'ca' },
        ],
      },
      defaultStore: {
        create: true,
        endpoint: 'https://minio.storage.svc:9000',
        credentials: { existingSecret: 'minio-admin', namespace: 'storage' },
        grants: [{ namespaces: { all: true }, buckets: ['*'] }],
      },
    });
    const own = objects.filter(
      ({ metadata }) => metadata.name === 'home-keys-access-key-operator-read-stores',
    );
    const rules = Object.fromEntries(
      own
        .filter(({ kind }) => !kind.endsWith('Binding'))
        .map((role) => [role.metadata.namespace ?? '', role.rules]),
    );
    const verbs = ['get', 'list', 'watch'];
    expect(rules).toEqual({
      '': [
        { apiGroups: ['accesskeys.dev'], resources: ['clusterobjectstores'], verbs: ['list', 'watch'] },
        { apiGroups: [''], resources: ['namespaces'], verbs },
      ],
      storage: ['other-admin', 'minio-admin'].map((name) => ({
        ...{ apiGroups: [''], resources: ['secrets'], resourceNames: [name], verbs },
      })),
      ca: [{ apiGroups: [''], resources: ['configmaps'], resourceNames: ['ca'], verbs }],
    });
    expect(bound(own)).toHaveLength(3);
    expect(JSON.stringify(find(objects, 'Deployment'))).toContain('"--cluster-object-stores=true"');
  });

  test('needs nothing of the whole cluster or kube-system if that is turned off', async () => {
    const objects = await render({
      operator: { clusterUid: '74b5fd91-7f6c-4b64-8a1e-0d1a6f0b8f10' },
      crds: { install: false },
      admissionPolicy: { enabled: false },
      rbac: { aggregate: false, keepWhileInUse: false },
    });
    const namespaces = objects.map(({ metadata }) => metadata.namespace);
    expect([...new Set(namespaces)].sort()).toEqual(['home', 'reports', 'shop']);
  });

  test('tests itself in the release’s namespace if that is watched, else in the first', async () => {
    const argsOf = async (values: object) => {
      const [pod] = find(await render(values), 'Pod');
      const { containers } = (pod?.spec ?? {}) as { containers?: { args: string[] }[] };
      return containers?.[0]?.args;
    };
    expect(await argsOf({})).toEqual(
      expect.arrayContaining(['--namespace=shop', '--store=ObjectStore/default']),
    );
    expect(await argsOf({ watchNamespaces: ['shop', 'home'] })).toContain('--namespace=home');
    expect(await argsOf({ test: { namespace: 'reports', store: 'main' } })).toEqual(
      expect.arrayContaining(['--namespace=reports', '--store=ObjectStore/main']),
    );
  });
});

describe('the chart refuses with its remedy:', () => {
  const store = (more: object) => ({ ...IMAGE, defaultStore: { create: true, ...more } });
  const endpoint = 'https://minio.storage.svc:9000';
  const credentials = { existingSecret: 'minio-admin' };
  const complete = { endpoint, credentials, grants: [{ namespaces: { all: true }, buckets: ['*'] }] };
  test.each([
    ['no image', {}, 'write where the operator’s image is'.replace('’', "'")],
    ['a slip of the pen', { ...IMAGE, replicas: 3 }, "additional properties 'replicas' not allowed"],
    [
      'one further down',
      { ...IMAGE, operator: { loglevel: 'info' } },
      "additional properties 'loglevel' not allowed",
    ],
    ['text for a number', { ...IMAGE, replicaCount: '2' }, "at '/replicaCount': got string, want integer"],
    ['a level that there isn’t', { ...IMAGE, operator: { logLevel: 'trace' } }, "at '/operator/logLevel'"],
    ['a store without an endpoint', store({}), 'write where the store answers'],
    ['a store without grants', store({ endpoint, credentials }), 'nothing is granted by default'],
    [
      'a grant to nobody',
      store({ endpoint, credentials, grants: [{ buckets: ['*'] }] }),
      "missing property 'namespaces'",
    ],
    [
      'a store without credentials',
      store({ endpoint, grants: [{ namespaces: { all: true }, buckets: ['*'] }] }),
      'write the name of a Secret',
    ],
    [
      'keys of a Secret beside a pair',
      store({
        ...complete,
        credentials: { accessKeyId: 'a', secretAccessKey: 'b', keys: { configEnv: 'config.env' } },
      }),
      'keys are those of existingSecret',
    ],
    [
      'a field of the store in two places',
      store({ ...complete, extraSpec: { endpoint } }),
      'defaultStore.extraSpec.endpoint: write it as a value',
    ],
    [
      'stores of namespaces anywhere',
      { ...IMAGE, namespacedStores: { enabled: true } },
      'write which endpoints',
    ],
    [
      'some namespaces without a store to serve',
      { ...IMAGE, watchNamespaces: ['shop'] },
      'watchNamespaces without a store to serve',
    ],
    [
      'stores for all, which an operator of all namespaces serves in any case',
      { ...IMAGE, clusterObjectStores: { enabled: true } },
      'clusterObjectStores.enabled without watchNamespaces',
    ],
    [
      'something else than a namespace',
      { ...IMAGE, watchNamespaces: ['team=shop'] },
      "at '/watchNamespaces/0'",
    ],
    [
      'a store for nobody to serve',
      {
        ...IMAGE,
        watchNamespaces: ['shop'],
        namespacedStores: { enabled: true, endpoints: ['*'] },
        defaultStore: { create: true, ...complete },
      },
      'write an ObjectStore in each namespace instead',
    ],
    [
      'a network policy without stores',
      { ...IMAGE, networkPolicy: { enabled: true } },
      'could reach no store',
    ],
    [
      'a ServiceMonitor without a Service',
      { ...IMAGE, metrics: { service: { enabled: false }, serviceMonitor: { enabled: true } } },
      'write metrics.service.enabled: true',
    ],
    [
      'a ServiceAccount without a name',
      { ...IMAGE, serviceAccount: { create: false } },
      'write the name of the ServiceAccount',
    ],
  ])('%s', async (_, values, sentence) => {
    await expect(helm.template('keys', namespace, values)).rejects.toThrow(sentence);
  });

  test('an older Kubernetes', async () => {
    const rendered = helm.template('keys', namespace, IMAGE, '--kube-version', '1.31.9');
    await expect(rendered).rejects.toThrow('requires kubeVersion: >=1.32.0-0');
  });
});
