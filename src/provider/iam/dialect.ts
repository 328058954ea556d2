import type { Capabilities } from '../capabilities.ts';
import { IAM_ACTIONS } from './actions.ts';

/** The servers of AWS's IAM API, by what they do in their own way. */
type Dialect = 'AWS' | 'Ceph' | 'VersityGW';

/** The facts that a server has shown of itself. */
export interface IamServer {
  readonly dialect: Dialect;
  /**
   * The beginning of the ARNs of managed policies; undefined if the operator can't make any there.
   */
  readonly managedPolicies: string | undefined;
}

/** The longest text of the inline policies of a user, in bytes. Ceph has no limit; it took this much. */
const MAX_INLINE_BYTES: Readonly<Record<Dialect, number>> = { AWS: 2048, Ceph: 200_000, VersityGW: 2048 };
/** AWS's limit for a managed policy. */
export const MAX_MANAGED_BYTES = 6144;
/** The limits of an account before somebody raises them. */
const MAX_USERS: Readonly<Record<Dialect, number | undefined>> = {
  AWS: 5000,
  Ceph: 1000,
  VersityGW: undefined,
};
/** On AWS, a change takes seconds to be true everywhere, and at times longer. */
const SETTLES_WITHIN_MS: Readonly<Record<Dialect, number>> = { AWS: 60_000, Ceph: 0, VersityGW: 0 };

/** Returns the longest inline policy of a server's users, in bytes. */
export function maxInlineBytes({ dialect }: IamServer): number {
  return MAX_INLINE_BYTES[dialect];
}

/** Returns what a server can do; of one that hasn't shown itself yet, what every server can. */
export function capabilitiesOf(server: IamServer = { dialect: 'VersityGW', managedPolicies: undefined }) {
  return {
    choosesPairs: false,
    restoresPairs: false,
    policies: 'Inline',
    maxPolicyBytes:
      server.managedPolicies !== undefined ? MAX_MANAGED_BYTES : MAX_INLINE_BYTES[server.dialect],
    maxUsers: MAX_USERS[server.dialect],
    notSupported: ['importFrom'],
    listsBuckets: true,
    separatesSettings: true,
    makesSessions: false,
    tellsLastUse: server.dialect !== 'Ceph',
    creatingResets: IAM_ACTIONS.creatingResets,
    settlesWithinMs: SETTLES_WITHIN_MS[server.dialect],
  } as const satisfies Capabilities;
}
