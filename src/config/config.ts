import type { SecretAllowList } from '../api/allow-list.ts';
import { isRefusedDataKey, isRefusedSecretName, isReservedName } from '../api/refused-in-secrets.ts';
import { type ProxyFor, ProxySettingError, proxyFor } from '../network/proxy-for.ts';
import { type LeaseTimings, timingsFault } from '../runtime/lease.ts';
import {
  boolean,
  dnsName,
  duration,
  endpoints,
  integer,
  type ListenAddress,
  listenAddress,
  namespaces,
  patterns,
  shortDuration,
} from './parse.ts';
import { type Check, readSettings } from './read-settings.ts';
import { LOG_LEVELS, SETTINGS } from './settings.ts';

/** The configuration of the operator, checked and parsed. */
export interface Config {
  /** The cluster's name in the policies' names; undefined: the UID of kube-system. */
  readonly clusterName: string | undefined;
  /** The UID of kube-system, for an operator that may not read it; undefined: the operator reads it. */
  readonly clusterUid: string | undefined;
  /**
   * The namespaces whose AccessKeys, ObjectStores and Secrets the operator watches; undefined: all of them.
   */
  readonly watchNamespaces: readonly string[] | undefined;
  /**
   * True if the operator serves ClusterObjectStores. With `watchNamespaces` it only reads them, since several
   * operators may share one.
   */
  readonly clusterObjectStores: boolean;
  /** The maximum number of concurrent reconciles per store. Distant stores get more. */
  readonly concurrency: number;
  /** The period in which the operator compares each policy document with the store's. */
  readonly policyCheckMs: number;
  /**
   * The endpoints that ObjectStores may name, with `*` for any part of a host's name or port. An empty list
   * disables ObjectStores.
   */
  readonly namespacedStoreEndpoints: readonly string[];
  /** The names, labels, annotations and data keys that AccessKeys may write into Secrets. */
  readonly secrets: SecretAllowList;
  /** The maximum time for running work to finish after SIGTERM. */
  readonly shutdownGraceMs: number;
  readonly leaderElection: {
    readonly enabled: boolean;
    /** The Lease's namespace; undefined: that of the pod, or of the kubeconfig's context. */
    readonly namespace: string | undefined;
    /** The name of this process in the Lease; undefined: one that no other process has. */
    readonly identity: string | undefined;
    readonly timings: LeaseTimings;
  };
  /** The address of /livez, /readyz and /metrics; undefined: none. */
  readonly httpAddress: ListenAddress | undefined;
  /** The address of /livez and /readyz for the kubelet; undefined: none. */
  readonly probeAddress: ListenAddress | undefined;
  /** The maximum number of AccessKeys with their own metrics. */
  readonly metricsKeySeries: number;
  readonly logLevel: (typeof LOG_LEVELS)[number];
  /** Returns the proxy by which a store is reached. */
  readonly proxyFor: ProxyFor;
}

/** The maximum for the AccessKeys of one store. */
export const MAX_CONCURRENCY = 256;
/** The error of a faulty configuration. Its message has a line for each fault. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** Returns the text of --help. */
export function usage(): string {
  const lines = Object.values(SETTINGS).map(
    ({ flag, env, help, default: value }) =>
      `  --${flag}, ${env}\n      ${help}${value ? ` (default ${value})` : ''}`,
  );
  return `access-key-operator: issues S3 access keys from AccessKey objects\n\n${lines.join('\n')}\n\nKUBECONFIG names the API server outside a cluster.`;
}

/**
 * Reads the configuration. A flag overrides the environment.
 * @throws ConfigError that lists every fault: unknown flags and variables, and each invalid value
 */
export function readConfig(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Config {
  const { faults, check } = readSettings(args, env);
  const clusterName = check(SETTINGS.clusterName, (value) =>
    value === '' || /^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/.test(value) ? value : undefined,
  );
  const clusterUid = check(SETTINGS.clusterUid, (value) =>
    value === '' || /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value) ? value : undefined,
  );
  const concurrency = check(SETTINGS.concurrency, (value) => integer(value, 1, MAX_CONCURRENCY));
  const policyCheckMs = check(SETTINGS.policyCheckInterval, (value) => duration(value, 1_000, 86_400_000));
  const namespacedStoreEndpoints = check(SETTINGS.namespacedStoreEndpoints, endpoints);
  const watchNamespaces = check(SETTINGS.watchNamespaces, namespaces);
  const clusterObjectStores = check(SETTINGS.clusterObjectStores, (value) =>
    value === '' ? !watchNamespaces?.length : boolean(value),
  );
  if (clusterObjectStores === false && namespacedStoreEndpoints?.length === 0) {
    faults.push(
      `the operator would serve no store: set --${SETTINGS.namespacedStoreEndpoints.flag} to the endpoints that ObjectStores may name, or set --${SETTINGS.clusterObjectStores.flag}=true`,
    );
  }
  const secrets = readSecrets(check, faults);
  const shutdownGraceMs = check(SETTINGS.shutdownGrace, (value) => duration(value, 0, 600_000));
  const httpAddress = check(SETTINGS.httpAddress, (value) => (value === '' ? value : listenAddress(value)));
  const probeAddress = check(SETTINGS.probeAddress, (value) => (value === '' ? value : listenAddress(value)));
  const metricsKeySeries = check(SETTINGS.metricsKeySeries, (value) => integer(value, 0, 100_000));
  const leaderElection = readLeaderElection(check, faults, isInPod(env));
  const logLevel = check(SETTINGS.logLevel, (value) => LOG_LEVELS.find((level) => level === value));
  const proxy = readProxies(env, faults);
  if (
    faults.length > 0 ||
    clusterUid === undefined ||
    watchNamespaces === undefined ||
    clusterObjectStores === undefined ||
    concurrency === undefined ||
    policyCheckMs === undefined ||
    namespacedStoreEndpoints === undefined ||
    secrets === undefined ||
    shutdownGraceMs === undefined ||
    leaderElection === undefined ||
    httpAddress === undefined ||
    probeAddress === undefined ||
    metricsKeySeries === undefined ||
    logLevel === undefined ||
    proxy === undefined
  ) {
    throw new ConfigError(faults.join('\n'));
  }
  return {
    clusterName: clusterName || undefined,
    clusterUid: clusterUid || undefined,
    watchNamespaces: watchNamespaces.length > 0 ? watchNamespaces : undefined,
    clusterObjectStores,
    concurrency,
    policyCheckMs,
    namespacedStoreEndpoints,
    secrets,
    shutdownGraceMs,
    leaderElection,
    httpAddress: httpAddress || undefined,
    probeAddress: probeAddress || undefined,
    metricsKeySeries,
    logLevel,
    proxyFor: proxy,
  };
}

/** Adds a fault if a proxy variable can't be used. */
function readProxies(env: Parameters<typeof proxyFor>[0], faults: string[]): ProxyFor | undefined {
  try {
    return proxyFor(env);
  } catch (error) {
    if (!(error instanceof ProxySettingError)) throw error;
    faults.push(error.message);
    return undefined;
  }
}

/** True if the operator finds the API server by the pod's ServiceAccount. A kubeconfig goes first. */
function isInPod(env: Readonly<Record<string, string | undefined>>): boolean {
  return Boolean(env['KUBERNETES_SERVICE_HOST']) && !env['KUBECONFIG'];
}

/** Reads what AccessKeys may write into Secrets. Adds a fault if no Secret could be written. */
function readSecrets(check: Check, faults: string[]): SecretAllowList | undefined {
  const names = check(SETTINGS.secretNames, (value) => patterns(value, isRefusedSecretName));
  const labels = check(SETTINGS.secretLabels, (value) => patterns(value, isReservedName));
  const annotations = check(SETTINGS.secretAnnotations, (value) => patterns(value, isReservedName));
  const dataKeys = check(SETTINGS.secretDataKeys, (value) => patterns(value, isRefusedDataKey));
  if (names?.length === 0) {
    faults.push(
      `--${SETTINGS.secretNames.flag} (${SETTINGS.secretNames.env}) is empty, so no AccessKey could have a Secret: set it to * for any name`,
    );
  }
  return names && labels && annotations && dataKeys && { names, labels, annotations, dataKeys };
}

/** Reads the settings of leader election. Adds a fault if they contradict each other. */
function readLeaderElection(
  check: Check,
  faults: string[],
  inPod: boolean,
): Config['leaderElection'] | undefined {
  const enabled = check(SETTINGS.leaderElect, (value) => (value === '' ? inPod : boolean(value)));
  const namespace = check(SETTINGS.leaderElectionNamespace, (value) =>
    value === '' ? value : dnsName(value, 63),
  );
  const identity = check(SETTINGS.leaderElectionIdentity, (value) =>
    value === '' ? value : dnsName(value, 253),
  );
  const leaseDurationMs = check(SETTINGS.leaseDuration, (value) => duration(value, 1_000, 600_000));
  const renewDeadlineMs = check(SETTINGS.renewDeadline, (value) => shortDuration(value, 500, 600_000));
  const retryPeriodMs = check(SETTINGS.retryPeriod, (value) => shortDuration(value, 100, 300_000));
  if (enabled === undefined || !leaseDurationMs || !renewDeadlineMs || !retryPeriodMs) return undefined;
  const timings = { leaseDurationMs, renewDeadlineMs, retryPeriodMs };
  const fault = timingsFault(timings);
  if (fault !== undefined) faults.push(`leader election: ${fault}`);
  return { enabled, namespace: namespace || undefined, identity: identity || undefined, timings };
}
