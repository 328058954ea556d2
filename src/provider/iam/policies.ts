import { ignoreNotFound } from '../ignore-not-found.ts';
import type { StoredPolicy } from '../policy.ts';
import type { CallOptions } from '../provider.ts';
import { parsePolicy } from './answers.ts';
import type { IamClient } from './client.ts';
import { checkPolicyName, checkUserName } from './names.ts';

/** The calls for a user's inline policies. Each is in one user and in no other. */
export interface IamPolicies {
  /** Returns the policy of that name; undefined if the user is absent or has none. */
  getPolicy(userName: string, name: string, options?: CallOptions): Promise<StoredPolicy | undefined>;
  /** Sets the policy to the document, in one step. Fails with kind `absent` if there is no such user. */
  putPolicy(userName: string, name: string, document: string, options?: CallOptions): Promise<void>;
  removePolicy(userName: string, name: string, options?: CallOptions): Promise<void>;
}

/** Makes the calls. */
export function createPolicyCalls(client: IamClient): IamPolicies {
  return {
    getPolicy: async (userName, name, { signal } = {}) => {
      const purpose = `read policy ${name} of user ${userName}`;
      const call = { action: 'GetUserPolicy', parameters: policyOf(userName, name), purpose, signal };
      return ignoreNotFound(client.ask(call, parsePolicy));
    },

    putPolicy: async (userName, name, document, { signal } = {}) => {
      const parameters = { ...policyOf(userName, name), PolicyDocument: document };
      const purpose = `write policy ${name} of user ${userName}`;
      await client.tell({ action: 'PutUserPolicy', parameters, purpose, signal });
    },

    removePolicy: async (userName, name, { signal } = {}) => {
      const purpose = `remove policy ${name} of user ${userName}`;
      const call = { action: 'DeleteUserPolicy', parameters: policyOf(userName, name), purpose, signal };
      await ignoreNotFound(client.tell(call));
    },
  };
}

function policyOf(userName: string, name: string) {
  return { UserName: checkUserName(userName), PolicyName: checkPolicyName(name) };
}
