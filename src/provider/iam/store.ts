import { createBucketCalls } from '../buckets.ts';
import { type ConnectionOptions, createConnection } from '../connection.ts';
import type { Pair, Store } from '../provider.ts';
import { bucketRequests, creationIn } from './buckets.ts';
import { capabilitiesOf } from './dialect.ts';
import { createIam, type IamOptions } from './iam.ts';
import { policyAt } from './paths.ts';
import { createPrincipalCalls } from './principals.ts';
import { createPolicies } from './store-policies.ts';

const DEFAULT_TIMEOUT_MS = 15_000;

/** Options of a store with AWS's IAM API. */
export interface IamStoreOptions {
  /** Scheme, host and port of the S3 API. */
  readonly endpoint: string;
  /** The region of the buckets. */
  readonly region: string;
  /** The place of the users. */
  readonly iam: Pick<IamOptions, 'stsEndpoint' | 'region'> & {
    readonly endpoint: string;
    readonly path: string;
  };
  readonly credentials: Pair;
  readonly caBundle?: string;
  readonly intercept?: ConnectionOptions['intercept'];
  readonly owner?: string;
  readonly proxyFor?: (endpoint: string) => URL | undefined;
  readonly concurrency?: IamOptions['concurrency'];
  readonly timeoutMs?: number;
  readonly now?: () => number;
}

/**
 * Makes a client of a store whose users come by AWS's IAM API. A key is a user of its own with one inline
 * policy and one access key, on the path of its AccessKey. It opens no connection yet.
 * @throws StoreError of kind `invalid` for an invalid endpoint or CA bundle
 */
export function createIamStore(options: IamStoreOptions): Store {
  const { endpoint, region, credentials, now = Date.now, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const { concurrency, proxyFor = () => undefined } = options;
  const { path: root, ...places } = options.iam;
  const shared = {
    credentials,
    timeoutMs,
    now,
    intercept: options.intercept,
    owner: options.owner,
    connections: concurrency?.max,
    ...(options.caBundle !== undefined && { caBundle: options.caBundle }),
  };
  const iam = createIam({
    ...shared,
    ...places,
    ...(concurrency && { concurrency }),
    proxy: proxyFor(places.endpoint),
  });
  const s3 = createConnection({ ...shared, endpoint, proxy: proxyFor(endpoint) });
  return {
    accessKeyId: credentials.accessKeyId,
    ...createPrincipalCalls(iam, root, now),
    ...createPolicies(iam, root),
    ...createBucketCalls(
      bucketRequests({ connection: s3, endpoint, region, credentials, timeoutMs, now }),
      creationIn(region),
    ),

    probe: async (pair, callOptions = {}) => {
      const { accessKeyId } = pair;
      const proof = await iam.prove(pair, accessKeyId, callOptions);
      if (proof.kind !== 'works') return proof;
      const place = proof.arn.slice(proof.arn.indexOf(':user/') + ':user'.length);
      const policy = policyAt(root, place.slice(0, place.lastIndexOf('/') + 1));
      if (policy === undefined || !place.endsWith(`/${accessKeyId}`)) return { kind: 'unproven' };
      return { kind: 'works', user: { accessKeyId, enabled: true, policies: [policy], groups: [] } };
    },

    lastUse: async (accessKeyId, callOptions = {}) =>
      capabilitiesOf(await iam.server(callOptions)).tellsLastUse
        ? iam.lastUse(accessKeyId, callOptions)
        : 'unknown',

    check: async ({ signal } = {}) => {
      // One page of one user shows the signature, the right to list, and the kind of server.
      for await (const _ of iam.listUsers(root, { pageSize: 1, ...(signal && { signal }) })) break;
      await iam.server(signal ? { signal } : {});
    },

    capabilities: () => capabilitiesOf(iam.shownServer()),
    serverVersion: async () => iam.serverVersion(),
    concurrency: iam.concurrency,
    patienceMs: iam.patienceMs,
    close: async () => {
      await Promise.all([iam.close(), s3.close()]);
    },
  };
}
