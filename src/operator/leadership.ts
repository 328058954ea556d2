import type { Dispatcher } from 'undici';
import type { Config } from '../config/config.ts';
import { createKubeClient } from '../kube/client.ts';
import type { Connection } from '../kube/connection.ts';
import { createLeaseLock } from '../kube/lease-lock.ts';
import { createElector, type Elector } from '../runtime/leader.ts';
import type { Log } from '../runtime/log.ts';
import { writeFence } from './leader-only-writes.ts';

/** The Lease's name: the operator's Role allows no other. */
const LEASE_NAME = 'access-key-operator';

/** Whether this process is the one that works, among those of one installation. */
export interface Leadership extends Pick<Elector, 'acquire' | 'lost' | 'isLeader' | 'isTurning' | 'release'> {
  /** What each client is to be made with, so that it begins no write without leading. */
  readonly intercept: readonly Dispatcher.DispatcherComposeInterceptor[];
  /** Ends the connections. */
  close(): Promise<void>;
}

export interface LeadershipOptions {
  readonly config: Config['leaderElection'];
  readonly connection: Connection;
  readonly log: Log;
  /** Each sees every request for the Lease. */
  readonly observe: readonly Dispatcher.DispatcherComposeInterceptor[];
  /** Of this process alone. */
  readonly identity: string;
  readonly now: () => number;
  readonly random: () => number;
}

/**
 * Makes this process a candidate, with connections of its own: a renewal must not wait behind other requests. Where
 * no election is wanted, it leads from the beginning and for ever.
 */
export function createLeadership(options: LeadershipOptions): Leadership {
  const { config, connection, identity, now, random } = options;
  if (!config.enabled) return ALONE;
  const namespace = config.namespace ?? connection.namespace ?? 'default';
  const client = createKubeClient(connection, {
    userAgent: 'access-key-operator/leader-election',
    intercept: options.observe,
  });
  const log = options.log.child?.({ lease: `${namespace}/${LEASE_NAME}` }) ?? options.log;
  const lock = createLeaseLock({ client, namespace, name: LEASE_NAME });
  const elector = createElector({ lock, identity, timings: config.timings, log, now, random });
  return { ...elector, intercept: [writeFence(elector.mayWrite)], close: () => client.close() };
}

const ALONE: Leadership = {
  acquire: async (signal) => !signal.aborted,
  lost: new AbortController().signal,
  isLeader: () => true,
  isTurning: () => true,
  release: async () => {},
  intercept: [],
  close: async () => {},
};
