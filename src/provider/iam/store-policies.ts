import { StoreError } from '../errors.ts';
import type { CallOptions, PolicyDocument, Store } from '../provider.ts';
import { IAM_ACTIONS } from './actions.ts';
import type { IamUser } from './answers.ts';
import { documentText, together, withoutAdded } from './documents.ts';
import type { Iam } from './iam.ts';
import { ifThere } from './if-there.ts';
import { pathOf } from './paths.ts';
import { POLICY } from './principals.ts';

type PolicyCalls = Pick<
  Store,
  'getPolicy' | 'putPolicy' | 'attachPolicy' | 'removePolicy' | 'policyEntities'
>;

/** The maximum number of users of one AccessKey. Four are usual. */
const MAX_USERS = 1000;

/**
 * Makes the part of a Store that handles policies. Each user of an AccessKey has the same one in itself: it
 * comes and goes with the user.
 */
export function createInlinePolicies(iam: Iam, root: string): PolicyCalls {
  async function usersOf(policy: string, options: CallOptions): Promise<IamUser[]> {
    const users: IamUser[] = [];
    for await (const user of iam.listUsers(pathOf(root, policy), options)) {
      users.push(user);
      if (users.length > MAX_USERS) {
        throw new StoreError(
          'unreachable',
          `could not read who has policy ${policy}: more users than are possible`,
        );
      }
    }
    return users;
  }

  async function textFor(policy: string, document: PolicyDocument, options: CallOptions): Promise<string> {
    const hasIdentity = await iam.offersCallerIdentity(options);
    const text = documentText(document, hasIdentity ? undefined : pathOf(root, policy));
    const most = IAM_ACTIONS.maxPolicyBytes;
    if (hasIdentity && Buffer.byteLength(text) > most) {
      const why = `its ${Buffer.byteLength(text)} bytes are more than the ${most} that IAM takes`;
      throw new StoreError('invalid', `could not write policy ${policy}: ${why}`);
    }
    return text;
  }

  return {
    getPolicy: async (policy, options = {}) => {
      const users = await usersOf(policy, options);
      const path = pathOf(root, policy);
      const held = await Promise.all(
        users.map(({ name }) => ifThere(iam, name, options, () => iam.getPolicy(name, POLICY, options))),
      );
      return together(held.flatMap((one) => (one ? [withoutAdded(one, path)] : [])));
    },

    putPolicy: async (policy, document, options = {}) => {
      const users = await usersOf(policy, options);
      if (users.length === 0) return;
      const text = await textFor(policy, document, options);
      for (const { name } of users) {
        await ifThere(iam, name, options, () => iam.putPolicy(name, POLICY, text, options));
      }
    },

    attachPolicy: async (id, policy, document, options = {}) => {
      await iam.putPolicy(id, POLICY, await textFor(policy, document, options), options);
    },

    removePolicy: async (policy, options = {}) => {
      if ((await usersOf(policy, options)).length === 0) return;
      throw new StoreError('inUse', `could not remove policy ${policy}: users have it`);
    },

    policyEntities: async (policy, options = {}) => {
      const users = await usersOf(policy, options);
      return { users: users.map(({ name }) => name), groups: [] };
    },
  };
}
