import { StoreError } from '../errors.ts';
import type { CallOptions } from '../provider.ts';
import { isNotOffered } from './answer-errors.ts';
import type { IamClient } from './client.ts';
import type { IamServer } from './dialect.ts';
import type { Prover } from './proof.ts';

/** Finds out which server it is, by what it offers. */
export interface ServerFinder {
  /** Asks the server once, but again while it refuses the operator what would show it. */
  server(options?: CallOptions): Promise<IamServer>;
  /** Returns what the server has shown; undefined until it has. */
  shownServer(): IamServer | undefined;
}

const AWS_HOST = /\.amazonaws\.com(?:\.cn)?$/;

/**
 * Makes a finder. Ceph has no GetCallerIdentity, and only AWS has managed policies. VersityGW refuses an
 * action that it doesn't have like one that isn't allowed.
 */
export function createServerFinder(
  iam: IamClient,
  prover: Pick<Prover, 'callerArn'>,
  endpoint: string,
): ServerFinder {
  let shown: IamServer | undefined;
  let isFinal = false;

  /** Returns true if the server lists managed policies, and undefined if it refuses that. */
  async function listsPolicies({ signal }: CallOptions): Promise<boolean | undefined> {
    const parameters = { Scope: 'Local', MaxItems: '1' };
    const call = { action: 'ListPolicies', parameters, purpose: 'ask for managed policies', signal };
    try {
      await iam.tell(call);
      return true;
    } catch (error) {
      if (error instanceof StoreError && error.kind === 'refused') return undefined;
      if (isNotOffered(error)) return false;
      throw error;
    }
  }

  return {
    shownServer: () => shown,
    server: async (options = {}) => {
      if (shown && isFinal) return shown;
      const own = await prover.callerArn(options);
      if (own === undefined) {
        isFinal = true;
        shown = { dialect: 'Ceph', managedPolicies: undefined };
        return shown;
      }
      const managed = await listsPolicies(options);
      isFinal = managed !== undefined;
      const isAws = managed || AWS_HOST.test(URL.parse(endpoint)?.hostname ?? '');
      const managedPolicies = managed ? policiesBeside(own) : undefined;
      shown = { dialect: isAws ? 'AWS' : 'VersityGW', managedPolicies };
      return shown;
    },
  };
}

/** Returns the beginning of the ARNs of managed policies in the account of a user or role. */
function policiesBeside(arn: string): string | undefined {
  const account = /^(arn:[a-z0-9-]+):(?:iam|sts)::([A-Za-z0-9]+):/.exec(arn);
  return account ? `${account[1]}:iam::${account[2]}:policy` : undefined;
}
