import type { Dispatcher } from 'undici';
import type { Config } from '../config/config.ts';
import { createKubeClient } from '../kube/client.ts';
import type { Connection } from '../kube/connection.ts';
import { createLeaseLock } from '../kube/lease-lock.ts';
import { createElector, type Elector } from '../runtime/leader.ts';
import type { Log } from '../runtime/log.ts';
import { writeFence } from './leader-only-writes.ts';

/** The Lease's name, the only one that the operator's Role allows. */
const LEASE_NAME = 'access-key-operator';

/** The part of this process in the election among the replicas of one installation. */
export interface Leadership extends Pick<Elector, 'acquire' | 'lost' | 'isLeader' | 'isAlive' | 'release'> {
  /** Interceptors for every client, so that it begins no write without leading. */
  readonly intercept: readonly Dispatcher.DispatcherComposeInterceptor[];
  /** Closes the connections. */
  close(): Promise<void>;
}

/** Options of the leader election. */
export interface LeadershipOptions {
  readonly config: Config['leaderElection'];
  readonly connection: Connection;
  readonly log: Log;
  /** Interceptors that see every request for the Lease. */
  readonly observe: readonly Dispatcher.DispatcherComposeInterceptor[];
  /** Unique to this process. */
  readonly identity: string;
  readonly now: () => number;
  readonly random: () => number;
}

/**
 * Makes this process a candidate, with its own connections, so that a renewal never waits behind other
 * requests. Without an election, it always leads.
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
  return { ...elector, intercept: [writeFence(elector.assertLeading)], close: () => client.close() };
}

const ALONE: Leadership = {
  acquire: async (signal) => !signal.aborted,
  lost: new AbortController().signal,
  isLeader: () => true,
  isAlive: () => true,
  release: async () => {},
  intercept: [],
  close: async () => {},
};
