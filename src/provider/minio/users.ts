import { StoreError } from '../errors.ts';
import { ignoreNotFound } from '../ignore-not-found.ts';
import type { CallOptions, Pair, Store, StoreUser } from '../provider.ts';
import { parseObject, parseUser, parseUsers } from './answers.ts';
import type { AdminCall, AdminClient } from './client.ts';
import { checkAccessKeyId, checkPolicyName } from './names.ts';

/** The part of a Store that handles users. MinIO attaches several named policies to one. */
export interface MinioUsers
  extends Pick<
    Store,
    'getUser' | 'listUsers' | 'removeUser' | 'setUserEnabled' | 'attachPolicy' | 'revokeSessions'
  > {
  /** Creates and enables the user of that pair. If it exists, sets its secret; its policies stay. */
  putUser(pair: Pair, options?: CallOptions): Promise<Pair>;
  /** Makes exactly these the user's policies, in one step. A disabled user is `absent` to this call. */
  setUserPolicies(accessKeyId: string, policies: readonly string[], options?: CallOptions): Promise<void>;
}

/** Enough for half a million users. */
const MAX_LIST_BYTES = 64 * 1024 * 1024;

/** Makes the call that reads one user, for any signer. */
export function userInfoCall(
  accessKeyId: string,
  purpose: string,
  signal: AbortSignal | undefined,
): AdminCall {
  return { method: 'GET', path: 'user-info', query: idQuery(accessKeyId), purpose, signal };
}

/** Makes the part of a Store that handles users. */
export function createUserCalls(client: AdminClient): MinioUsers {
  const getUser = async (id: string, { signal }: CallOptions = {}): Promise<StoreUser | undefined> => {
    // The purpose omits the id, since it may be a misplaced secret that the store hasn't shown.
    const call = userInfoCall(id, 'read a user', signal);
    try {
      return await ignoreNotFound(client.read(call, (body) => parseUser(id, parseObject(body))));
    } catch (error) {
      // MinIO answers so for the id of a service account or a session: no user has it.
      if (error instanceof StoreError && error.code === 'XMinioIAMActionNotAllowed') return undefined;
      throw error;
    }
  };

  const setUserPolicies: MinioUsers['setUserPolicies'] = async (id, policies, { signal } = {}) => {
    await client.request({
      method: 'PUT',
      path: 'set-user-or-group-policy',
      query: [
        ['policyName', policies.map(checkPolicyName).join(',')],
        ['userOrGroup', checkAccessKeyId(id)],
        ['isGroup', 'false'],
      ],
      purpose: `set the policies of user ${id}`,
      signal,
    });
  };

  return {
    getUser,

    listUsers: async ({ signal, maxBytes = MAX_LIST_BYTES, ...options } = {}) => {
      const call: AdminCall = {
        method: 'GET',
        path: 'list-users',
        purpose: 'list the users',
        slow: true,
        maxAnswerBytes: maxBytes,
        signal,
      };
      return client.readSealedStream(call, (chunks) => parseUsers(chunks, options));
    },

    putUser: async (pair, { signal } = {}) => {
      const { accessKeyId, secretAccessKey } = pair;
      const query = idQuery(accessKeyId);
      // Without a status, MinIO disables the user.
      const body = await client.seal({ secretKey: secretAccessKey, status: 'enabled' });
      const purpose = `write user ${accessKeyId}`;
      await client.request({ method: 'PUT', path: 'add-user', query, body, purpose, signal });
      return pair;
    },

    removeUser: async (id, { signal } = {}) => {
      const query = idQuery(id);
      const purpose = `remove user ${id}`;
      await ignoreNotFound(client.request({ method: 'DELETE', path: 'remove-user', query, purpose, signal }));
    },

    setUserEnabled: async (id, enabled, { signal } = {}) => {
      const status = enabled ? 'enabled' : 'disabled';
      const query = [...idQuery(id), ['status', status]] as const;
      const purpose = `make user ${id} ${status}`;
      await client.request({ method: 'PUT', path: 'set-user-status', query, purpose, signal });
    },

    attachPolicy: (id, name, _policy, options = {}) => setUserPolicies(id, [name], options),
    setUserPolicies,

    revokeSessions: async (id, { signal } = {}) => {
      const call: AdminCall = {
        method: 'POST',
        path: 'revoke-tokens/builtin',
        query: [
          ['user', checkAccessKeyId(id)],
          ['fullRevoke', 'true'],
        ],
        purpose: `revoke the sessions of user ${id}`,
        signal,
      };
      const answer = await client.send(call);
      // 426: servers from before April 2025 can't.
      if (answer.status !== 204 && answer.status !== 200 && answer.status !== 426)
        throw client.failure(call, answer);
    },
  };
}

function idQuery(accessKeyId: string): readonly (readonly [string, string])[] {
  return [['accessKey', checkAccessKeyId(accessKeyId)]];
}
