import { StoreError } from '../errors.ts';
import type { CallOptions } from '../provider.ts';
import { type IamUser, type Page, pageOf, parseUser, parseUserResult } from './answers.ts';
import { type IamClient, ignoreNotFound } from './client.ts';
import { checkPath, checkUserName } from './names.ts';

/** The most that IAM gives at once. */
const MAX_PAGE = 1000;

interface ListOptions extends CallOptions {
  /** The users in one answer, 1 to 1000. Default: 1000. */
  readonly pageSize?: number;
}

/** The calls for users. */
export interface IamUsers {
  /** Returns the user of that name on any path, or undefined. */
  getUser(name: string, options?: CallOptions): Promise<IamUser | undefined>;
  /** Lists the users below a path, page by page, with one request for each. */
  listUsers(pathPrefix: string, options?: ListOptions): AsyncGenerator<IamUser, void, undefined>;
  /** Creates a user without any right. Fails with kind `taken` if there is one of that name on any path. */
  createUser(name: string, path: string, options?: CallOptions): Promise<IamUser>;
  /** Removes the user. Fails with kind `inUse` while it has access keys or policies. */
  removeUser(name: string, options?: CallOptions): Promise<void>;
}

/** Makes the calls. */
export function createUserCalls(client: IamClient): IamUsers {
  return {
    getUser: async (name, { signal } = {}) => {
      const parameters = { UserName: checkUserName(name) };
      const user = await ignoreNotFound(
        client.ask({ action: 'GetUser', parameters, purpose: 'read a user', signal }, parseUserResult),
      );
      return user;
    },

    listUsers: async function* (pathPrefix, { signal, pageSize = MAX_PAGE } = {}) {
      const path = { PathPrefix: checkPath(pathPrefix), MaxItems: String(pageSize) };
      let marker: string | undefined;
      do {
        const parameters = { ...path, ...(marker !== undefined && { Marker: marker }) };
        const call = { action: 'ListUsers', parameters, purpose: 'list the users', signal };
        const page: Page<IamUser> = await client.ask(call, pageOf('Users', parseUser));
        yield* page.members;
        // A server that names the same place again would be asked forever.
        if (page.marker !== undefined && page.marker === marker) {
          throw new StoreError('unreachable', 'could not list the users: the list does not end');
        }
        marker = page.marker;
      } while (marker !== undefined);
    },

    createUser: async (name, path, { signal } = {}) => {
      const parameters = { UserName: checkUserName(name), Path: checkPath(path) };
      const purpose = `create user ${name}`;
      return client.ask({ action: 'CreateUser', parameters, purpose, once: true, signal }, parseUserResult);
    },

    removeUser: async (name, { signal } = {}) => {
      const parameters = { UserName: checkUserName(name) };
      const purpose = `remove user ${name}`;
      await ignoreNotFound(client.tell({ action: 'DeleteUser', parameters, purpose, signal }));
    },
  };
}
