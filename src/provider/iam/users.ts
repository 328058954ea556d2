import { StoreError } from '../errors.ts';
import { ignoreNotFound } from '../ignore-not-found.ts';
import type { CallOptions } from '../provider.ts';
import { isNotOffered } from './answer-errors.ts';
import {
  type IamUser,
  type Page,
  pageOf,
  parseUser,
  parseUserDetail,
  parseUserResult,
  type UserRights,
} from './answers.ts';
import type { IamClient } from './client.ts';
import { checkPath, checkUserName } from './names.ts';
import { textOf, type XmlElement } from './xml.ts';

/** The maximum number of users in one answer of IAM. */
const MAX_PAGE = 1000;
/** The users in one answer with their policies, so that it stays below the limit of an answer. */
const DETAILS_PAGE = 200;
/** Enough for half a million users. */
const MAX_PAGES = 500;

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
  /**
   * Lists all users of the account with their rights, page by page. Only AWS has this call. Fails with kind
   * `refused` if the operator may not make it.
   */
  listAccount(options?: CallOptions): AsyncGenerator<IamUser & UserRights, void, undefined>;
  /** Creates a user without any right. Fails with kind `taken` if there is one of that name on any path. */
  createUser(name: string, path: string, options?: CallOptions): Promise<IamUser>;
  /** Gives the user another name. It stays on its path, with its keys and policies. */
  renameUser(name: string, newName: string, options?: CallOptions): Promise<void>;
  /**
   * Returns the names of the inline policies, managed policies and groups that give the user rights. A user
   * that is absent has none.
   */
  rightsOf(name: string, options?: CallOptions): Promise<UserRights>;
  /** Removes the user. Fails with kind `inUse` while it has access keys or policies. */
  removeUser(name: string, options?: CallOptions): Promise<void>;
}

/** Makes the calls. */
export function createUserCalls(client: IamClient): IamUsers {
  /** The actions that the server has shown not to have. */
  const notOffered = new Set<string>();

  async function* pagesOf<T>(
    call: Parameters<IamClient['ask']>[0],
    parse: (result: XmlElement) => Page<T>,
  ): AsyncGenerator<T, void, undefined> {
    let marker: string | undefined;
    let pages = 0;
    do {
      const parameters = { ...call.parameters, ...(marker !== undefined && { Marker: marker }) };
      const page: Page<T> = await client.ask({ ...call, parameters }, parse);
      yield* page.members;
      // A server that always names another place would be asked forever.
      pages += 1;
      if (pages === MAX_PAGES && page.marker !== undefined) {
        throw new StoreError('unreachable', `could not ${call.purpose}: the list does not end`);
      }
      marker = page.marker;
    } while (marker !== undefined);
  }

  return {
    getUser: async (name, { signal } = {}) => {
      const parameters = { UserName: checkUserName(name) };
      const user = await ignoreNotFound(
        client.ask({ action: 'GetUser', parameters, purpose: 'read a user', signal }, parseUserResult),
      );
      return user;
    },

    listUsers: (pathPrefix, { signal, pageSize = MAX_PAGE } = {}) => {
      const parameters = { PathPrefix: checkPath(pathPrefix), MaxItems: String(pageSize) };
      const call = { action: 'ListUsers', parameters, purpose: 'list the users', signal };
      return pagesOf(call, pageOf('Users', parseUser));
    },

    listAccount: ({ signal } = {}) => {
      const parameters = { 'Filter.member.1': 'User', MaxItems: String(DETAILS_PAGE) };
      const call = {
        action: 'GetAccountAuthorizationDetails',
        parameters,
        purpose: 'list the users',
        signal,
      };
      return pagesOf(call, pageOf('UserDetailList', parseUserDetail));
    },

    createUser: async (name, path, { signal } = {}) => {
      const parameters = { UserName: checkUserName(name), Path: checkPath(path) };
      const purpose = `create user ${name}`;
      return client.ask({ action: 'CreateUser', parameters, purpose, once: true, signal }, parseUserResult);
    },

    renameUser: async (name, newName, { signal } = {}) => {
      const parameters = { UserName: checkUserName(name), NewUserName: checkUserName(newName) };
      const purpose = `rename user ${name}`;
      await client.tell({ action: 'UpdateUser', parameters, purpose, once: true, signal });
    },

    rightsOf: async (name, { signal } = {}) => {
      const parameters = { UserName: checkUserName(name) };
      const list = async (action: string, member: string, parse: (member: XmlElement) => string) => {
        if (notOffered.has(action)) return [];
        const call = { action, parameters, purpose: `read the rights of user ${name}`, signal };
        try {
          return (await ignoreNotFound(client.ask(call, pageOf(member, parse))))?.members ?? [];
        } catch (error) {
          // VersityGW has neither groups nor managed policies.
          if (!isNotOffered(error)) throw error;
          notOffered.add(action);
          return [];
        }
      };
      const [inline, managed, groups] = await Promise.all([
        list('ListUserPolicies', 'PolicyNames', ({ text }) => text),
        list('ListAttachedUserPolicies', 'AttachedPolicies', (one) => textOf(one, 'PolicyArn')),
        list('ListGroupsForUser', 'Groups', (one) => textOf(one, 'GroupName')),
      ]);
      return { policies: [...inline, ...managed], groups };
    },

    removeUser: async (name, { signal } = {}) => {
      const parameters = { UserName: checkUserName(name) };
      const purpose = `remove user ${name}`;
      await ignoreNotFound(client.tell({ action: 'DeleteUser', parameters, purpose, signal }));
    },
  };
}
