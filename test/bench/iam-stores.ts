/**
 * The stores whose costs are compared: MinIO, and those with AWS's IAM API that can run here. Each is a server of its
 * own.
 */
import type { Pair } from '../../src/provider/provider.ts';
import type { Bed } from '../bed/bed.ts';
import { cephObjection } from '../bed/ceph.ts';
import { IAM_STORES } from '../bed/iam-server.ts';
import { descendantsOf } from './processes.ts';

/** A store that is measured. */
export interface Measured {
  readonly name: string;
  /** The endpoint of its user administration. */
  readonly upstream: string;
  /** The processes of what administers them. */
  readonly pids: readonly number[];
  readonly pair: Pair;
  /** The store's part of its spec. @param users where its users are administered, a proxy's address */
  readonly spec: (users: string) => object;
}

/** Returns a function that starts each store that can run here. @param say gets a line for each that can't */
export function storesToMeasure(bed: Bed, say: (line: string) => void): readonly (() => Promise<Measured>)[] {
  const objection = cephObjection();
  if (objection !== undefined) say(objection);
  const iam = objection === undefined ? (['versitygw', 'ceph'] as const) : (['versitygw'] as const);
  return [() => minio(bed), ...iam.map((kind) => () => withIam(bed, kind))];
}

async function minio(bed: Bed): Promise<Measured> {
  const { endpoint, rootUser, rootPassword, pid } = await bed.startMinio();
  return {
    name: 'minio',
    upstream: endpoint,
    pids: [pid],
    pair: { accessKeyId: rootUser, secretAccessKey: rootPassword },
    spec: (users) => ({ provider: 'MinIO', endpoint: users }),
  };
}

async function withIam(bed: Bed, kind: keyof typeof IAM_STORES): Promise<Measured> {
  const { s3Endpoint, endpoint, root, server } = await IAM_STORES[kind](bed);
  return {
    name: kind,
    upstream: endpoint,
    pids: await descendantsOf(server.pid),
    pair: root,
    spec: (users) => ({ provider: 'IAM', endpoint: s3Endpoint, iam: { endpoint: users } }),
  };
}
