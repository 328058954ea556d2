import { StoreError } from '../errors.ts';
import type { CallOptions, Pair } from '../provider.ts';
import { isNotOffered } from './answer-errors.ts';
import { parseCaller, parseUserResult } from './answers.ts';
import type { IamClient } from './client.ts';
import { checkUserName } from './names.ts';

/**
 * The result of a request signed with a pair.
 * - `works`: the server took the signature; `arn` is the user's that the pair belongs to
 * - `unproven`: the server refuses what the request asks for. It may have checked the signature first, or not
 * - `wrongSecret`: the access key exists, and its secret is another one
 * - `unknown`: the server doesn't know the access key, or has it inactive
 */
type Proof =
  | { readonly kind: 'works'; readonly arn: string }
  | { readonly kind: 'unproven' | 'wrongSecret' | 'unknown' };

/** Proves pairs by a request that they sign. */
export interface Prover {
  /** @param userName the user that the pair should belong to */
  prove(pair: Pair, userName: string, options?: CallOptions): Promise<Proof>;
  /** Returns the operator's own ARN; undefined if the server has no GetCallerIdentity. Asks it once. */
  callerArn(options?: CallOptions): Promise<string | undefined>;
}

const IDENTITY = { action: 'GetCallerIdentity', parameters: {}, service: 'sts' } as const;

/**
 * Makes a prover. STS's GetCallerIdentity needs no permission, and no policy can deny it. Ceph doesn't offer
 * it; there, the pair reads its own user, which its policy has to allow (iam:GetUser).
 * @param sts the client of the STS API, which AWS has at an endpoint of its own
 */
export function createProver(iam: IamClient, sts: IamClient): Prover {
  /** True if the server has GetCallerIdentity; undefined until it has shown that. */
  let hasIdentity: boolean | undefined;
  let ownArn: string | undefined;

  async function askedBy(pair: Pair, userName: string, signal: AbortSignal | undefined): Promise<string> {
    const purpose = `prove the pair of user ${userName}`;
    if (hasIdentity !== false) {
      try {
        return await sts.ask({ ...IDENTITY, purpose, signer: pair, signal }, parseCaller);
      } catch (error) {
        if (!isNotOffered(error)) throw error;
      }
    }
    const parameters = { UserName: checkUserName(userName) };
    const call = { action: 'GetUser', parameters, purpose, signer: pair, signal };
    const user = await iam.ask(call, parseUserResult);
    // Only now: a substitute for a server that is down doesn't have the other call either.
    hasIdentity = false;
    return user.arn;
  }

  return {
    callerArn: async ({ signal } = {}) => {
      if (hasIdentity === false || ownArn !== undefined) return ownArn;
      try {
        ownArn = await sts.ask({ ...IDENTITY, purpose: 'ask who signs', signal }, parseCaller);
        hasIdentity = true;
      } catch (error) {
        if (!isNotOffered(error)) throw error;
        hasIdentity = false;
      }
      return ownArn;
    },

    prove: async (pair, userName, { signal } = {}) => {
      try {
        return { kind: 'works', arn: await askedBy(pair, userName, signal) };
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
        if (error.code === 'SignatureDoesNotMatch' && error.kind === 'credentials') {
          return { kind: 'wrongSecret' };
        }
        if (error.kind === 'credentials') return { kind: 'unknown' };
        if (error.kind === 'refused') return { kind: 'unproven' };
        throw error;
      }
    },
  };
}
