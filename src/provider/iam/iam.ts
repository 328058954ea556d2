import { type ConnectionOptions, createConnection } from '../connection.ts';
import { type PacedConnection, type PaceOptions, paced } from '../paced-connection.ts';
import type { Pair } from '../provider.ts';
import { createIamClient } from './client.ts';
import { createKeyCalls, type IamKeys } from './keys.ts';
import { createManagedPolicyCalls, type ManagedPolicies } from './managed-policies.ts';
import { createPolicyCalls, type IamPolicies } from './policies.ts';
import { createProver, type Prover } from './proof.ts';
import { createServerFinder, type ServerFinder } from './server.ts';
import { namingServer } from './server-version.ts';
import { createUserCalls, type IamUsers } from './users.ts';

/** The region in which AWS signs requests to IAM. VersityGW takes no other, and Ceph takes any. */
const DEFAULT_REGION = 'us-east-1';
const DEFAULT_TIMEOUT_MS = 15_000;
/** The longest deadline, so that a check finds out in time that a store is away. */
const MAX_TIMEOUT_MS = 80_000;

/** Options of a client of IAM. */
export interface IamOptions extends Omit<ConnectionOptions, 'endpoint'> {
  /** Scheme, host and port of the IAM API. */
  readonly endpoint: string;
  /** Scheme, host and port of the STS API; default: those of the IAM API. */
  readonly stsEndpoint?: string;
  /** Default: us-east-1. */
  readonly region?: string;
  /** The pair that signs the calls. */
  readonly credentials: Pair;
  /** For one request to a store that answers in time, from the call to the last byte. Default: 15 s. */
  readonly timeoutMs?: number;
  /** The number of keys that may use the store at the same time. Default: 16. */
  readonly concurrency?: PaceOptions['concurrency'];
  /** In ms since 1970. */
  readonly now?: () => number;
}

/** The users of one account, their access keys and their inline policies. */
export interface Iam
  extends IamUsers,
    IamKeys,
    IamPolicies,
    ManagedPolicies,
    Prover,
    ServerFinder,
    Pick<PacedConnection, 'concurrency' | 'patienceMs'> {
  /** Returns the version that the last answer named; undefined if it named none. */
  serverVersion(): string | undefined;
  /** Closes the connections. */
  close(): Promise<void>;
}

/**
 * Makes a client of AWS's IAM API (2010-05-08), as AWS, Ceph's Object Gateway with accounts and VersityGW
 * serve it. It opens no connection yet. Every failure is a `StoreError`.
 * @throws StoreError of kind `invalid` for an invalid endpoint or CA bundle; every method throws it for a
 * name that IAM wouldn't take
 */
export function createIam(options: IamOptions): Iam {
  const { endpoint, stsEndpoint = endpoint, credentials, region = DEFAULT_REGION } = options;
  const { timeoutMs = DEFAULT_TIMEOUT_MS, now = Date.now } = options;
  const shared = { region, credentials, now };
  const pace = { timeoutMs, concurrency: options.concurrency, maxTimeoutMs: MAX_TIMEOUT_MS };
  const connect = (place: string) => paced(createConnection({ ...options, endpoint: place }), pace);
  const named = namingServer(connect(endpoint));
  const { connection } = named;
  const stsConnection = stsEndpoint === endpoint ? connection : connect(stsEndpoint);
  const iam = createIamClient({ ...shared, connection, endpoint });
  const sts = createIamClient({ ...shared, connection: stsConnection, endpoint: stsEndpoint });
  const prover = createProver(iam, sts);
  return {
    ...createUserCalls(iam),
    ...createKeyCalls(iam),
    ...createPolicyCalls(iam),
    ...createManagedPolicyCalls(iam),
    ...prover,
    ...createServerFinder(iam, prover, endpoint),
    serverVersion: named.version,
    concurrency: connection.concurrency,
    patienceMs: connection.patienceMs,
    close: async () => {
      await Promise.all([connection.close(), stsConnection.close()]);
    },
  };
}
