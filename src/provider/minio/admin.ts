import { createBucketCalls } from '../buckets.ts';
import { type ConnectionOptions, createConnection } from '../connection.ts';
import { type PaceOptions, paced } from '../paced-connection.ts';
import type { Pair, Store } from '../provider.ts';
import { bucketRequests } from './buckets.ts';
import { createAdminClient } from './client.ts';
import { createPolicyCalls, type MinioPolicies } from './policies.ts';
import { probePair } from './probe.ts';
import { readServerVersion } from './server-version.ts';
import { MINIO } from './traits.ts';
import { createUserCalls, type MinioUsers } from './users.ts';

const DEFAULT_REGION = 'us-east-1';
const DEFAULT_TIMEOUT_MS = 15_000;

/** Options of a client of MinIO. */
export interface MinioStoreOptions {
  /** Scheme, host and port. */
  readonly endpoint: string;
  /** MinIO's administration takes any. Default: us-east-1. */
  readonly region?: string;
  /** The pair that signs the calls. */
  readonly credentials: Pair;
  /** The only authorities to trust, in PEM; default: those of the runtime. */
  readonly caBundle?: string;
  /** See `ConnectionOptions` of connection.ts. */
  readonly intercept?: ConnectionOptions['intercept'];
  /** The number of keys that may use the store at the same time. Default: 16. */
  readonly concurrency?: PaceOptions['concurrency'];
  /**
   * For one request to a store that answers in time, from the call to the last byte. Default: 15 s. Lists
   * have four times as long.
   */
  readonly timeoutMs?: number;
  /** See `ConnectionOptions` of connection.ts. */
  readonly connectTimeoutMs?: ConnectionOptions['connectTimeoutMs'];
  /** See `ConnectionOptions` of connection.ts. */
  readonly proxy?: ConnectionOptions['proxy'];
  /** See `AdminClientOptions` of client.ts. */
  readonly owner?: string;
  /** In ms since 1970. */
  readonly now?: () => number;
}

/** The administration of a MinIO server. */
export interface MinioStore
  extends Omit<Store, keyof MinioUsers | keyof MinioPolicies>,
    MinioUsers,
    MinioPolicies {}

/**
 * Makes a client of a MinIO server's users and policies. It uses the administration API (v3, as of MinIO
 * 7aac2a2c and madmin-go v3.0.109). It opens no connection yet.
 * @throws StoreError of kind `invalid` for an invalid endpoint or CA bundle; every method throws it for an id
 * or a name that the server wouldn't take
 */
export function createMinioStore(options: MinioStoreOptions): MinioStore {
  const { endpoint, credentials, caBundle, intercept, now = Date.now } = options;
  const { region = DEFAULT_REGION, timeoutMs = DEFAULT_TIMEOUT_MS, connectTimeoutMs, owner } = options;
  const { concurrency } = options;
  const direct = createConnection({
    endpoint,
    intercept,
    connections: concurrency?.max,
    connectTimeoutMs,
    owner,
    proxy: options.proxy,
    ...(caBundle !== undefined && { caBundle }),
  });
  const connection = paced(direct, { timeoutMs, concurrency });
  const client = createAdminClient({ connection, endpoint, region, credentials, owner, now });
  return {
    accessKeyId: credentials.accessKeyId,
    capabilities: () => MINIO.capabilities,
    ...createUserCalls(client),
    ...createPolicyCalls(client),
    ...createBucketCalls(bucketRequests(client)),
    // MinIO doesn't record it.
    lastUse: async () => 'unknown',
    serverVersion: ({ signal } = {}) => readServerVersion(client, signal),
    probe: (pair, { signal } = {}) => probePair(client, pair, signal),
    concurrency: connection.concurrency,
    patienceMs: connection.patienceMs,
    close: connection.close,
  };
}
