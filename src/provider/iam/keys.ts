import { ignoreNotFound } from '../ignore-not-found.ts';
import type { CallOptions, LastUse, Pair } from '../provider.ts';
import { type IamKey, pageOf, parseKey, parseLastUse, parseNewKey } from './answers.ts';
import type { IamClient } from './client.ts';
import { checkAccessKeyId, checkUserName } from './names.ts';

/** The calls for the access keys of a user. */
export interface IamKeys {
  /** Returns the user's keys; a user that is absent has none. */
  listKeys(userName: string, options?: CallOptions): Promise<readonly IamKey[]>;
  /**
   * Creates a key. The server chooses the pair and shows its secret only here: if the answer is lost, so is
   * the secret, and the key lives.
   */
  createKey(userName: string, options?: CallOptions): Promise<Pair>;
  setKeyActive(userName: string, accessKeyId: string, active: boolean, options?: CallOptions): Promise<void>;
  /** Returns when the pair was last used. Ceph doesn't offer the call. */
  lastUse(accessKeyId: string, options?: CallOptions): Promise<LastUse>;
  removeKey(userName: string, accessKeyId: string, options?: CallOptions): Promise<void>;
}

/** Makes the calls. A user has so few keys that one page holds them. */
export function createKeyCalls(client: IamClient): IamKeys {
  return {
    listKeys: async (userName, { signal } = {}) => {
      const parameters = { UserName: checkUserName(userName) };
      const purpose = `list the access keys of user ${userName}`;
      const call = { action: 'ListAccessKeys', parameters, purpose, signal };
      const page = await ignoreNotFound(client.ask(call, pageOf('AccessKeyMetadata', parseKey)));
      return page?.members ?? [];
    },

    createKey: async (userName, { signal } = {}) => {
      const parameters = { UserName: checkUserName(userName) };
      const purpose = `create an access key of user ${userName}`;
      return client.ask({ action: 'CreateAccessKey', parameters, purpose, once: true, signal }, parseNewKey);
    },

    setKeyActive: async (userName, accessKeyId, active, { signal } = {}) => {
      const parameters = {
        ...keyOf(userName, accessKeyId),
        Status: active ? 'Active' : 'Inactive',
      };
      const purpose = `make access key ${accessKeyId} ${active ? 'active' : 'inactive'}`;
      await client.tell({ action: 'UpdateAccessKey', parameters, purpose, signal });
    },

    lastUse: async (accessKeyId, { signal } = {}) => {
      const parameters = { AccessKeyId: checkAccessKeyId(accessKeyId) };
      const purpose = `ask when access key ${accessKeyId} was last used`;
      return client.ask({ action: 'GetAccessKeyLastUsed', parameters, purpose, signal }, parseLastUse);
    },

    removeKey: async (userName, accessKeyId, { signal } = {}) => {
      const parameters = keyOf(userName, accessKeyId);
      const purpose = `remove access key ${accessKeyId}`;
      await ignoreNotFound(client.tell({ action: 'DeleteAccessKey', parameters, purpose, signal }));
    },
  };
}

function keyOf(userName: string, accessKeyId: string) {
  return { UserName: checkUserName(userName), AccessKeyId: checkAccessKeyId(accessKeyId) };
}
