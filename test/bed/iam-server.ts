/** Stores whose users come by AWS's IAM API, started on a bed. */
import type { Pair } from '../../src/provider/provider.ts';
import type { Bed } from './bed.ts';
import { createCephAccount } from './ceph-account.ts';
import type { Server } from './server.ts';
import { VERSITYGW_ACCOUNT } from './versitygw.ts';

/** A server of users, and the S3 API that takes their pairs. */
export interface IamServer {
  readonly s3Endpoint: string;
  /** The IAM API. */
  readonly endpoint: string;
  /** May do everything in the account. */
  readonly root: Pair;
  /** The account in the ARNs of users. */
  readonly account: string;
}

/** One that this process has started. */
export interface StartedIamServer extends IamServer {
  /** The server that administers the users. */
  readonly server: Server;
}

/** Starts each kind; it ends with this process. */
export const IAM_STORES = {
  async versitygw(bed: Bed): Promise<StartedIamServer> {
    const { endpoint, iamEndpoint, rootAccessKeyId, rootSecretAccessKey, iam } = await bed.startVersityGw();
    const root = { accessKeyId: rootAccessKeyId, secretAccessKey: rootSecretAccessKey };
    return { s3Endpoint: endpoint, endpoint: iamEndpoint, root, account: VERSITYGW_ACCOUNT, server: iam };
  },
  /** With an account of its own. It takes root: see `cephObjection`. */
  async ceph(bed: Bed): Promise<StartedIamServer> {
    const ceph = await bed.startCeph();
    const { endpoint, root, accountId } = await createCephAccount(ceph);
    return { s3Endpoint: endpoint, endpoint, root, account: accountId, server: ceph.server };
  },
} as const;
