/** Several operators that share a Lease, each behind a proxy of its own to the API server. */
import type { Api, Ref } from '../../bed/api.ts';
import { installLeaseRole } from '../../bed/install.ts';
import type { Operator } from '../../bed/operator.ts';
import { type FaultProxy, startProxy } from '../../bed/proxy.ts';
import { type Fixtures, until } from './fixtures.ts';

/** Short, so that a fail-over takes seconds; long enough that a busy machine causes none. */
export const LEASE = { leaseMs: 3_000, periodMs: 500 } as const;

export interface Replica {
  /** Its identity in the Lease. */
  readonly name: string;
  readonly operator: Operator;
  /** Between it and the API server. */
  readonly api: FaultProxy;
}

export interface Replicas {
  readonly lease: Ref;
  /** All that were started, ended ones too. */
  readonly all: readonly Replica[];
  /** Starts a replica, and waits until its caches are synced. @param name default: one that none has had */
  start(name?: string, args?: readonly string[]): Promise<Replica>;
  /** Returns the holder of the Lease; undefined while it has none. */
  holder(): Promise<string | undefined>;
  /** Waits until the Lease names one that has said itself that it leads, and isn't one of those. */
  leader(...not: readonly Replica[]): Promise<Replica>;
  close(): Promise<void>;
}

/** Makes a namespace with the Role for the Lease, and nothing else. */
export async function replicasOf(
  { bed, ...fixtures }: Fixtures,
  { leaseMs }: { readonly leaseMs: number } = LEASE,
): Promise<Replicas> {
  const namespace = await fixtures.namespace('lease');
  await installLeaseRole(bed.api, namespace);
  const lease = leaseRef(namespace);
  const all: Replica[] = [];

  async function start(name = `replica-${all.length}`, args: readonly string[] = []): Promise<Replica> {
    const api = await startProxy(bed.server, { ca: bed.caPem });
    const kubeconfig = await bed.kubeconfig({ server: api.url });
    const operator = await fixtures.operator({
      kubeconfig,
      args: [
        '--leader-elect=true',
        `--leader-election-namespace=${namespace}`,
        `--leader-election-identity=${name}`,
        `--leader-election-lease-duration=${leaseMs / 1_000}s`,
        `--leader-election-renew-deadline=${(leaseMs * 2) / 3}ms`,
        `--leader-election-retry-period=${LEASE.periodMs}ms`,
        // Off: it would add requests at times of its own.
        '--policy-check-interval=24h',
        ...args,
      ],
    });
    const replica = { name, operator, api };
    all.push(replica);
    return replica;
  }

  const holder = () => holderOf(bed.api, lease);
  return {
    lease,
    all,
    start,
    holder,
    leader: (...not) =>
      until('a leader', async () => {
        const name = await holder();
        const replica = all.findLast((one) => one.name === name);
        if (!replica || not.includes(replica)) return undefined;
        return replica.operator.lines.some(({ msg }) => msg === 'leading') && replica;
      }),
    async close() {
      await Promise.all(all.map(({ api }) => api.close()));
    },
  };
}

export function leaseRef(namespace: string): Ref {
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { namespace, name: 'access-key-operator' },
  };
}

/** Returns the holder of the Lease; undefined while it has none. */
async function holderOf(api: Api, lease: Ref): Promise<string | undefined> {
  return String((await api.get(lease))?.spec?.['holderIdentity'] ?? '') || undefined;
}
