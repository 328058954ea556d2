import { DEFAULT_ALLOW_LIST } from '../api/allow-list.ts';

/** The levels of the log. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;

/** One setting, with its flag and its environment variable. */
export interface Setting {
  readonly flag: string;
  readonly env: string;
  readonly default: string;
  readonly help: string;
}

/** Every setting of the operator. config.ts reads them. */
export const SETTINGS = {
  clusterName: {
    flag: 'cluster-name',
    env: 'ACCESSKEYS_CLUSTER_NAME',
    default: '',
    help: "the cluster's name in the policies' names, 1 to 40 of a-z, 0-9 and -; default: the UID of namespace kube-system",
  },
  clusterUid: {
    flag: 'cluster-uid',
    env: 'ACCESSKEYS_CLUSTER_UID',
    default: '',
    help: "the UID of namespace kube-system, for an operator that may not read it: kubectl get namespace kube-system -o jsonpath='{.metadata.uid}'; default: it is read",
  },
  watchNamespaces: {
    flag: 'watch-namespaces',
    env: 'ACCESSKEYS_WATCH_NAMESPACES',
    default: '',
    help: 'the namespaces whose AccessKeys and ObjectStores are served, separated by commas; the operator then asks for nothing in any other one; empty: all namespaces',
  },
  clusterObjectStores: {
    flag: 'cluster-object-stores',
    env: 'ACCESSKEYS_CLUSTER_OBJECT_STORES',
    default: '',
    help: 'true: ClusterObjectStores are served, and with --watch-namespaces only read; false: they are not, and neither they nor namespaces are asked for; default: true, and false with --watch-namespaces',
  },
  concurrency: {
    flag: 'concurrency',
    env: 'ACCESSKEYS_CONCURRENCY',
    default: '16',
    help: 'how many AccessKeys of one store are worked on at once, 1 to 256; up to four times as many by itself, where it is only the distance that takes time',
  },
  policyCheckInterval: {
    flag: 'policy-check-interval',
    env: 'ACCESSKEYS_POLICY_CHECK_INTERVAL',
    default: '1h',
    help: "how often each key's policy document is compared with the store's, 1s to 24h",
  },
  namespacedStoreEndpoints: {
    flag: 'namespaced-store-endpoints',
    env: 'ACCESSKEYS_NAMESPACED_STORE_ENDPOINTS',
    default: '',
    help: 'which endpoints ObjectStores may name, separated by commas, * for any part of a host or port, such as https://*.storage.svc:9000, or * alone for any; empty: ObjectStores are not served',
  },
  secretNames: {
    flag: 'secret-names',
    env: 'ACCESSKEYS_SECRET_NAMES',
    default: DEFAULT_ALLOW_LIST.names.join(','),
    help: 'which names the Secrets of AccessKeys may have, separated by commas: names, or beginnings that end in *, such as s3-*; those that other software trusts are refused in any case',
  },
  secretLabels: {
    flag: 'secret-labels',
    env: 'ACCESSKEYS_SECRET_LABELS',
    default: DEFAULT_ALLOW_LIST.labels.join(','),
    help: 'which labels a secretTemplate may write, separated by commas: names, or beginnings that end in *, such as example.com/*; empty: none',
  },
  secretAnnotations: {
    flag: 'secret-annotations',
    env: 'ACCESSKEYS_SECRET_ANNOTATIONS',
    default: DEFAULT_ALLOW_LIST.annotations.join(','),
    help: 'which annotations a secretTemplate may write, in the same form; empty: none',
  },
  secretDataKeys: {
    flag: 'secret-data-keys',
    env: 'ACCESSKEYS_SECRET_DATA_KEYS',
    default: DEFAULT_ALLOW_LIST.dataKeys.join(','),
    help: 'which keys the data of a secretTemplate may have, in the same form, such as S3_*; those that programs act on are refused in any case; empty: none',
  },
  shutdownGrace: {
    flag: 'shutdown-grace',
    env: 'ACCESSKEYS_SHUTDOWN_GRACE',
    default: '20s',
    help: 'how long running work may take to finish after SIGTERM, 0s to 10m',
  },
  leaderElect: {
    flag: 'leader-elect',
    env: 'ACCESSKEYS_LEADER_ELECT',
    default: '',
    help: 'true: of several replicas only the one that has the Lease works; false: this is the only one; default: true in a pod, false elsewhere',
  },
  leaderElectionNamespace: {
    flag: 'leader-election-namespace',
    env: 'ACCESSKEYS_LEADER_ELECTION_NAMESPACE',
    default: '',
    help: "the namespace of the Lease, the same for all replicas; default: the pod's own, elsewhere that of the kubeconfig's context, or default",
  },
  leaderElectionIdentity: {
    flag: 'leader-election-identity',
    env: 'ACCESSKEYS_LEADER_ELECTION_IDENTITY',
    default: '',
    help: "who this process is in the Lease, never two at once, like the pod's name; after a restart the same one takes up its Lease at once; default: the host's name and a random part",
  },
  leaseDuration: {
    flag: 'leader-election-lease-duration',
    env: 'ACCESSKEYS_LEADER_ELECTION_LEASE_DURATION',
    default: '15s',
    help: 'how long replicas wait for a leader that is silent before one takes over, 1s to 10m',
  },
  renewDeadline: {
    flag: 'leader-election-renew-deadline',
    env: 'ACCESSKEYS_LEADER_ELECTION_RENEW_DEADLINE',
    default: '10s',
    help: 'how long a leader that cannot renew goes on before it ends, 500ms to 10m, and shorter than the lease duration',
  },
  retryPeriod: {
    flag: 'leader-election-retry-period',
    env: 'ACCESSKEYS_LEADER_ELECTION_RETRY_PERIOD',
    default: '2s',
    help: 'how often the leader renews and the others look, 100ms to 5m, and much shorter than the renew deadline',
  },
  httpAddress: {
    flag: 'http-address',
    env: 'ACCESSKEYS_HTTP_ADDRESS',
    default: ':8080',
    help: 'where /metrics is served, with /livez and /readyz beside it, as host:port or :port; empty for nowhere',
  },
  probeAddress: {
    flag: 'probe-address',
    env: 'ACCESSKEYS_PROBE_ADDRESS',
    default: ':8081',
    help: 'where /livez and /readyz are served for the kubelet, out of the way of whoever asks for metrics, as host:port or :port; empty for nowhere',
  },
  metricsKeySeries: {
    flag: 'metrics-key-series',
    env: 'ACCESSKEYS_METRICS_KEY_SERIES',
    default: '1000',
    help: 'how many AccessKeys have series of their own in the metrics, 0 to 100000: those that expire or rotate soonest',
  },
  logLevel: {
    flag: 'log-level',
    env: 'ACCESSKEYS_LOG_LEVEL',
    default: 'info',
    help: `one of ${LOG_LEVELS.join(', ')}`,
  },
} as const satisfies Record<string, Setting>;
