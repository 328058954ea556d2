/** The real servers that speak AWS's IAM API, one of a test file's own. */
import { createIam, type Iam, type IamOptions } from '../../../src/provider/iam/iam.ts';
import type { Pair } from '../../../src/provider/provider.ts';
import type { Bed } from '../../bed/bed.ts';
import { cephObjection } from '../../bed/ceph.ts';
import { VERSITYGW_ACCOUNT } from '../../bed/versitygw.ts';
import { bedContext } from './bed-context.ts';

/** A server of users, and the S3 API that takes their pairs. */
interface IamServer {
  readonly s3Endpoint: string;
  readonly endpoint: string;
  /** May do everything in the account. */
  readonly root: Pair;
  /** The account in the ARNs of users. */
  readonly account: string;
}

/** A kind of server, and in what it differs from the others. */
export interface IamServerKind {
  readonly name: 'Ceph' | 'VersityGW';
  /** The store in examples/iam. */
  readonly example: string;
  /** Why it can't run here; undefined if it can. */
  readonly objection: string | undefined;
  /** The most bytes of an inline policy; undefined where there is no limit that tests reach. */
  readonly maxPolicyBytes: number | undefined;
  readonly maxKeys: number;
  /** True if a pair is proven by its signature alone. */
  readonly hasCallerIdentity: boolean;
  start(bed: Bed): Promise<IamServer>;
}

export const IAM_SERVERS: readonly IamServerKind[] = [
  {
    name: 'VersityGW',
    example: 'versitygw.yaml',
    objection: undefined,
    maxPolicyBytes: 2048,
    maxKeys: 2,
    hasCallerIdentity: true,
    start: async (bed) => {
      const gateway = await bed.startVersityGw();
      return {
        s3Endpoint: gateway.endpoint,
        endpoint: gateway.iamEndpoint,
        root: { accessKeyId: gateway.rootAccessKeyId, secretAccessKey: gateway.rootSecretAccessKey },
        account: VERSITYGW_ACCOUNT,
      };
    },
  },
  {
    name: 'Ceph',
    example: 'ceph.yaml',
    objection: cephObjection(),
    maxPolicyBytes: undefined,
    maxKeys: 4,
    hasCallerIdentity: false,
    start: async (bed) => {
      const ceph = await bed.startCeph();
      return {
        s3Endpoint: ceph.endpoint,
        endpoint: ceph.endpoint,
        root: { accessKeyId: ceph.rootAccessKeyId, secretAccessKey: ceph.rootSecretAccessKey },
        account: ceph.accountId,
      };
    },
  },
];

export interface OwnIamServer extends IamServer {
  readonly bed: Bed;
  /** A client of it, by default the root's; its connections are closed by `end`. */
  open(options?: Partial<IamOptions>): Iam;
  end(): Promise<void>;
}

/** Starts a server of that kind. */
export async function startOwnIamServer(kind: IamServerKind): Promise<OwnIamServer> {
  const { bed } = await bedContext();
  const server = await kind.start(bed);
  const opened: Iam[] = [];
  return {
    ...server,
    bed,
    open: (options = {}) => {
      const iam = createIam({ endpoint: server.endpoint, credentials: server.root, ...options });
      opened.push(iam);
      return iam;
    },
    end: async () => {
      await Promise.all(opened.map((iam) => iam.close()));
      await bed.stop();
    },
  };
}
