/** Values as platform teams use them: one feature each, and all at once. */
import { IMAGE, type Values } from './helm.ts';

export interface Case {
  readonly name: string;
  readonly values: Values;
}

const GRANTS = [{ namespaces: { all: true }, buckets: ['*'], unrestricted: true }];
const DEFAULT_STORE = {
  create: true,
  endpoint: 'https://minio.storage.svc:9000',
  credentials: { existingSecret: 'minio-admin', namespace: 'storage' },
  grants: GRANTS,
};
const STORE_EGRESS = [
  {
    to: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'storage' } } }],
    ports: [{ port: 9000, protocol: 'TCP' }],
  },
];

const OWN_STORES = { enabled: true, endpoints: ['https://*.storage.svc:9000'] };

/** The namespaces that have to be there. */
export const WATCHED: readonly string[] = ['shop', 'reports'];

const FEATURES: Readonly<Record<string, Values>> = {
  defaults: {},
  'one pod, nothing beside it': {
    replicaCount: 1,
    podDisruptionBudget: { enabled: false },
    metrics: { service: { enabled: false } },
    topologySpreadConstraints: [],
    resources: {},
  },
  'names and labels of its own': {
    fullnameOverride: 'keys',
    commonLabels: { team: 'platform' },
    podLabels: { tier: 'control' },
    podAnnotations: { note: 'of a pod' },
    deploymentAnnotations: { note: 'of the Deployment' },
  },
  'roles by somebody else': {
    rbac: { create: false, aggregate: false },
    serviceAccount: { create: false, name: 'by-terraform' },
  },
  'a ServiceAccount with annotations': {
    serviceAccount: { name: 'keys', annotations: { 'example.com/role': 'a' } },
  },
  'no CRDs and no admission policy': { crds: { install: false }, admissionPolicy: { enabled: false } },
  'lists of what Secrets may hold': {
    secrets: {
      names: ['s3-*', 'backup'],
      labels: ['team', 'example.com/*'],
      annotations: [],
      dataKeys: ['S3_*'],
    },
  },
  'finalizers by the operator alone': { admissionPolicy: { addFinalizer: false } },
  'an admission policy that warns': { admissionPolicy: { actions: ['Warn', 'Audit'] } },
  'a store with a Secret that exists': { defaultStore: DEFAULT_STORE },
  "a store with the Secret of MinIO's chart": {
    defaultStore: {
      ...DEFAULT_STORE,
      credentials: {
        existingSecret: 'minio',
        keys: { accessKeyId: 'rootUser', secretAccessKey: 'rootPassword' },
      },
    },
  },
  'a store with a given pair': {
    defaultStore: {
      ...DEFAULT_STORE,
      name: 'main',
      endpoint: 'http://minio.storage.svc:9000',
      allowInsecure: true,
      publicEndpoint: 'https://s3.example.com',
      region: 'eu-west-1',
      credentials: { accessKeyId: 'operator', secretAccessKey: 'only-a-test-renders-this' },
      grants: [
        { namespaces: { matchLabels: { team: 'shop' } }, buckets: ['shop-photos', '{namespace}.*'] },
        {
          namespaces: { names: ['reports'] },
          buckets: ['shop*'],
          permissions: 'read_only',
          bucketSettings: false,
        },
      ],
    },
  },
  'a store with all that it can have': {
    defaultStore: {
      ...DEFAULT_STORE,
      extraSpec: {
        resyncInterval: '30m',
        orphans: 'Report',
        everyKeyMay: ['ListBuckets'],
        extraActions: { read_only: ['GetObjectTagging'] },
        caBundleRef: { kind: 'ConfigMap', namespace: 'storage', name: 'ca', key: 'ca.crt' },
      },
    },
  },
  'stores of namespaces': {
    namespacedStores: { enabled: true, endpoints: ['https://*.storage.svc:9000', 'https://s3.example.com'] },
  },
  'some namespaces': { watchNamespaces: ['shop', 'reports'], namespacedStores: OWN_STORES },
  'some namespaces, and stores for all': {
    watchNamespaces: ['shop', 'reports'],
    clusterObjectStores: {
      enabled: true,
      references: [
        { kind: 'Secret', namespace: 'reports', name: 'other-admin' },
        { kind: 'ConfigMap', namespace: 'reports', name: 'ca' },
      ],
    },
    defaultStore: { ...DEFAULT_STORE, credentials: { existingSecret: 'minio-admin', namespace: 'shop' } },
  },
  'some namespaces, and nothing of the whole cluster': {
    watchNamespaces: ['shop'],
    namespacedStores: OWN_STORES,
    operator: { clusterUid: '74b5fd91-7f6c-4b64-8a1e-0d1a6f0b8f10' },
    crds: { install: false },
    admissionPolicy: { enabled: false },
    rbac: { aggregate: false, keepWhileInUse: false },
    test: { namespace: 'shop', store: 'main', storeKind: 'ObjectStore' },
  },
  'a network policy': {
    networkPolicy: {
      enabled: true,
      storeEgress: STORE_EGRESS,
      metricsFrom: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } }],
    },
  },
  'a network policy and a proxy': {
    networkPolicy: { enabled: true, storeEgress: STORE_EGRESS },
    extraEnv: [{ name: 'HTTPS_PROXY', value: 'http://proxy.example.com:3128' }],
  },
  monitoring: {
    metrics: {
      service: { annotations: { note: 'of a Service' } },
      serviceMonitor: {
        enabled: true,
        labels: { release: 'prometheus' },
        interval: '30s',
        metricRelabelings: [{ action: 'labeldrop', regex: 'pod' }],
      },
      prometheusRule: {
        enabled: true,
        labels: { release: 'prometheus' },
        runbookUrl: 'https://example.com/runbooks/',
      },
      dashboard: { enabled: true },
    },
  },
  'a place in the cluster': {
    priorityClassName: 'system-cluster-critical',
    nodeSelector: { 'kubernetes.io/os': 'linux' },
    tolerations: [{ key: 'control', operator: 'Exists', effect: 'NoSchedule' }],
    affinity: {
      podAntiAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          {
            weight: 1,
            podAffinityTerm: {
              topologyKey: 'topology.kubernetes.io/zone',
              labelSelector: { matchLabels: { 'app.kubernetes.io/name': 'access-key-operator' } },
            },
          },
        ],
      },
    },
    topologySpreadConstraints: [
      { maxSkew: 1, topologyKey: 'topology.kubernetes.io/zone', whenUnsatisfiable: 'DoNotSchedule' },
      {
        maxSkew: 2,
        topologyKey: 'kubernetes.io/hostname',
        whenUnsatisfiable: 'ScheduleAnyway',
        labelSelector: { matchLabels: { 'app.kubernetes.io/name': 'access-key-operator' } },
      },
    ],
  },
  'settings and extras': {
    image: {
      repository: 'registry.example.com/keys',
      digest: `sha256:${'0'.repeat(64)}`,
      pullPolicy: 'Always',
    },
    imagePullSecrets: [{ name: 'registry' }],
    operator: {
      clusterName: 'prod-1',
      concurrency: 4,
      policyCheckInterval: '2h',
      shutdownGraceSeconds: 5,
      logLevel: 'warn',
    },
    extraArgs: ['--log-level=debug'],
    extraEnv: [{ name: 'NODE_EXTRA_CA_CERTS', value: '/ca/ca.crt' }],
    extraVolumes: [{ name: 'ca', configMap: { name: 'ca' } }],
    extraVolumeMounts: [{ name: 'ca', mountPath: '/ca', readOnly: true }],
    test: { store: 'main', timeout: '2m' },
  },
};

/** The cases of one feature each. */
export const CASES: readonly Case[] = Object.entries(FEATURES).map(([name, values]) => ({
  name,
  values: { ...IMAGE, ...values },
}));
