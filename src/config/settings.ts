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
    help: "the cluster's name in the names of the operator's policies, 1 to 40 of a-z, 0-9 and -; default: the UID of the namespace kube-system",
  },
  clusterUid: {
    flag: 'cluster-uid',
    env: 'ACCESSKEYS_CLUSTER_UID',
    default: '',
    help: "the UID of the namespace kube-system, for an operator that must not read it: kubectl get namespace kube-system -o jsonpath='{.metadata.uid}'; default: the operator reads it",
  },
  watchNamespaces: {
    flag: 'watch-namespaces',
    env: 'ACCESSKEYS_WATCH_NAMESPACES',
    default: '',
    help: 'the namespaces whose AccessKeys and ObjectStores the operator serves, separated by commas; it then reads nothing in other namespaces; empty: all namespaces',
  },
  clusterObjectStores: {
    flag: 'cluster-object-stores',
    env: 'ACCESSKEYS_CLUSTER_OBJECT_STORES',
    default: '',
    help: 'true: serve ClusterObjectStores, and only read them if --watch-namespaces is set; false: read neither them nor namespaces; default: true, and false with --watch-namespaces',
  },
  concurrency: {
    flag: 'concurrency',
    env: 'ACCESSKEYS_CONCURRENCY',
    default: '16',
    help: 'maximum concurrent reconciles per store, 1 to 256; raised up to fourfold for high-latency stores',
  },
  policyCheckInterval: {
    flag: 'policy-check-interval',
    env: 'ACCESSKEYS_POLICY_CHECK_INTERVAL',
    default: '1h',
    help: "how often the operator compares each key's policy document with the store's, 1s to 24h",
  },
  namespacedStoreEndpoints: {
    flag: 'namespaced-store-endpoints',
    env: 'ACCESSKEYS_NAMESPACED_STORE_ENDPOINTS',
    default: '',
    help: 'the endpoints that ObjectStores may name, separated by commas, with * for any part of a host or port, such as https://*.storage.svc:9000; * alone allows any; empty: the operator serves no ObjectStores',
  },
  secretNames: {
    flag: 'secret-names',
    env: 'ACCESSKEYS_SECRET_NAMES',
    default: DEFAULT_ALLOW_LIST.names.join(','),
    help: 'the names that the Secrets of AccessKeys may have, separated by commas: names, or prefixes that end in *, such as s3-*; names that other software trusts are always refused',
  },
  secretLabels: {
    flag: 'secret-labels',
    env: 'ACCESSKEYS_SECRET_LABELS',
    default: DEFAULT_ALLOW_LIST.labels.join(','),
    help: 'the labels that a secretTemplate may set, separated by commas: names, or prefixes that end in *, such as example.com/*; empty: none',
  },
  secretAnnotations: {
    flag: 'secret-annotations',
    env: 'ACCESSKEYS_SECRET_ANNOTATIONS',
    default: DEFAULT_ALLOW_LIST.annotations.join(','),
    help: 'the annotations that a secretTemplate may set, in the same form; empty: none',
  },
  secretDataKeys: {
    flag: 'secret-data-keys',
    env: 'ACCESSKEYS_SECRET_DATA_KEYS',
    default: DEFAULT_ALLOW_LIST.dataKeys.join(','),
    help: 'the keys that the data of a secretTemplate may have, in the same form, such as S3_*; keys that programs act on are always refused; empty: none',
  },
  shutdownGrace: {
    flag: 'shutdown-grace',
    env: 'ACCESSKEYS_SHUTDOWN_GRACE',
    default: '20s',
    help: 'time for running work to finish after SIGTERM, 0s to 10m',
  },
  leaderElect: {
    flag: 'leader-elect',
    env: 'ACCESSKEYS_LEADER_ELECT',
    default: '',
    help: 'true: only the replica that holds the Lease works; false: this is the only replica; default: true in a pod, false elsewhere',
  },
  leaderElectionNamespace: {
    flag: 'leader-election-namespace',
    env: 'ACCESSKEYS_LEADER_ELECTION_NAMESPACE',
    default: '',
    help: "the namespace of the Lease, the same for all replicas; default: the pod's namespace, or elsewhere that of the kubeconfig's context, or default",
  },
  leaderElectionIdentity: {
    flag: 'leader-election-identity',
    env: 'ACCESSKEYS_LEADER_ELECTION_IDENTITY',
    default: '',
    help: "the name of this replica in the Lease, such as the pod's name; no two replicas may share one; after a restart, a replica with the same name takes its Lease over immediately; default: the host's name and a random part",
  },
  leaseDuration: {
    flag: 'leader-election-lease-duration',
    env: 'ACCESSKEYS_LEADER_ELECTION_LEASE_DURATION',
    default: '15s',
    help: 'how long the other replicas wait for a silent leader before one takes over, 1s to 10m',
  },
  renewDeadline: {
    flag: 'leader-election-renew-deadline',
    env: 'ACCESSKEYS_LEADER_ELECTION_RENEW_DEADLINE',
    default: '10s',
    help: "how long a leader that can't renew its Lease continues before it exits, 500ms to 10m; must be shorter than the lease duration",
  },
  retryPeriod: {
    flag: 'leader-election-retry-period',
    env: 'ACCESSKEYS_LEADER_ELECTION_RETRY_PERIOD',
    default: '2s',
    help: 'how often the leader renews the Lease and the others check it, 100ms to 5m; must be much shorter than the renew deadline',
  },
  httpAddress: {
    flag: 'http-address',
    env: 'ACCESSKEYS_HTTP_ADDRESS',
    default: ':8080',
    help: 'the address of /metrics, /livez and /readyz, as host:port or :port; empty: not served',
  },
  probeAddress: {
    flag: 'probe-address',
    env: 'ACCESSKEYS_PROBE_ADDRESS',
    default: ':8081',
    help: "the address of /livez and /readyz for the kubelet, which clients of the metrics can't block, as host:port or :port; empty: not served",
  },
  metricsKeySeries: {
    flag: 'metrics-key-series',
    env: 'ACCESSKEYS_METRICS_KEY_SERIES',
    default: '1000',
    help: 'maximum number of AccessKeys with their own series in the metrics, 0 to 100000; those that expire or rotate soonest count',
  },
  logLevel: {
    flag: 'log-level',
    env: 'ACCESSKEYS_LOG_LEVEL',
    default: 'info',
    help: `one of ${LOG_LEVELS.join(', ')}`,
  },
} as const satisfies Record<string, Setting>;
