/** The real servers that speak AWS's IAM API: one of a test file's own, or an account of its own. */
import { createIam, type Iam, type IamOptions } from '../../../src/provider/iam/iam.ts';
import type { Bed } from '../../bed/bed.ts';
import { cephObjection } from '../../bed/ceph.ts';
import { IAM_STORES, type IamServer } from '../../bed/iam-server.ts';
import { bedContext } from './bed-context.ts';
import { sharedCephAccount } from './shared-ceph.ts';

/** A kind of server, and in what it differs from the others. */
export interface IamServerKind {
  readonly name: 'Ceph' | 'VersityGW';
  /** The store in examples/iam. */
  readonly example: string;
  /** The reason why it can't run here; undefined if it can. */
  readonly objection: string | undefined;
  /** The maximum bytes of an inline policy; undefined if there is no limit that tests reach. */
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
    start: IAM_STORES.versitygw,
  },
  {
    name: 'Ceph',
    example: 'ceph.yaml',
    objection: cephObjection(),
    maxPolicyBytes: undefined,
    maxKeys: 4,
    hasCallerIdentity: false,
    start: async () => {
      const { endpoint, root, accountId } = await sharedCephAccount();
      return { s3Endpoint: endpoint, endpoint, root, account: accountId };
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
