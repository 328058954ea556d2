import type { Lease, LeaseLock } from '../runtime/leader.ts';
import type { LeaseRecord } from '../runtime/lease.ts';
import type { KubeClient } from './client.ts';
import { isAlreadyExists, isConflict, isNotFound } from './errors.ts';
import { ignoreNotFound } from './ignore-not-found.ts';
import type { KubeObject } from './objects.ts';
import { kubeResource } from './resource.ts';

/** A Lease of coordination.k8s.io/v1. Its times are MicroTimes. */
interface LeaseObject extends KubeObject {
  readonly spec?: {
    readonly holderIdentity?: string;
    readonly leaseDurationSeconds?: number;
    readonly acquireTime?: string;
    readonly renewTime?: string;
    readonly leaseTransitions?: number;
  };
}

/** Options of a lock on a Lease. */
export interface LeaseLockOptions {
  /** A client with its own connections, so that a renewal never waits behind other requests. */
  readonly client: KubeClient;
  readonly namespace: string;
  readonly name: string;
}

/**
 * Keeps the record of an election in a Lease, in the fields that client-go uses. Needs get, create and patch
 * of leases. Every patch is bound to the uid and version of the last read, so that the server refuses a late
 * one.
 */
export function createLeaseLock({ client, namespace, name }: LeaseLockOptions): LeaseLock {
  const leases = kubeResource<LeaseObject>({
    client,
    group: 'coordination.k8s.io',
    version: 'v1',
    plural: 'leases',
    namespaced: true,
  });

  return {
    async get({ timeoutMs }) {
      const lease = await ignoreNotFound(leases.get(name, namespace, { timeoutMs }));
      return lease && leaseOf(lease);
    },
    async create(record, { timeoutMs }) {
      const manifest = {
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        metadata: { name, namespace },
        spec: specOf(record),
      };
      try {
        return leaseOf(await leases.create(manifest, { timeoutMs }));
      } catch (error) {
        if (isAlreadyExists(error)) return undefined;
        throw error;
      }
    },
    async update({ version }, record, { timeoutMs }) {
      const body = { metadata: version, spec: specOf(record) };
      try {
        return leaseOf(await leases.patch(name, namespace, body, { timeoutMs }));
      } catch (error) {
        if (isConflict(error) || isNotFound(error)) return undefined;
        throw error;
      }
    },
  };
}

/** Reads a Lease. A missing field counts as given back, or as long expired. */
function leaseOf({ metadata: { uid, resourceVersion }, spec = {} }: LeaseObject): Lease {
  return {
    record: {
      holder: spec.holderIdentity ?? '',
      durationMs: (spec.leaseDurationSeconds ?? 0) * 1_000,
      acquiredAt: Date.parse(spec.acquireTime ?? '') || 0,
      renewedAt: Date.parse(spec.renewTime ?? '') || 0,
      transitions: spec.leaseTransitions ?? 0,
    },
    version: { uid, resourceVersion },
  };
}

/**
 * Formats a record. A Lease takes only whole seconds. They are rounded up, since others wait for as long as
 * it says.
 */
function specOf(record: LeaseRecord): NonNullable<LeaseObject['spec']> {
  return {
    holderIdentity: record.holder,
    leaseDurationSeconds: Math.ceil(record.durationMs / 1_000),
    acquireTime: microTime(record.acquiredAt),
    renewTime: microTime(record.renewedAt),
    leaseTransitions: record.transitions,
  };
}

function microTime(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000Z');
}
