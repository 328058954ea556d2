import { eachLimited } from '../../runtime/each-limited.ts';
import { StoreError } from '../errors.ts';
import type { CallOptions, Pair, Store, StoreUser } from '../provider.ts';
import type { IamUser } from './answers.ts';
import type { Iam } from './iam.ts';
import { ifThere } from './if-there.ts';
import { pathOf, policyAt } from './paths.ts';

type PrincipalCalls = Pick<
  Store,
  'getUser' | 'listUsers' | 'putUser' | 'removeUser' | 'setUserEnabled' | 'revokeSessions'
>;

/** The name of the inline policy that each user has. */
export const POLICY = 'accesskeys';

/** The maximum number of users that a list reads concurrently. */
const READS_AT_ONCE = 4;

/**
 * Makes the part of a Store that handles users. A user has one access key and one policy, and is named by its
 * access key's id, as on MinIO. Until it has a key, it has the name that the operator chose.
 * @param root the path below which all users are. The operator touches no others
 */
export function createPrincipalCalls(iam: Iam, root: string): PrincipalCalls {
  /**
   * Returns the user of that name below the root. Another one is none of the operator's business. Every other
   * call names a user that was found: of one that is absent, a server refuses it to an operator that may only
   * touch users on its paths.
   */
  async function find(name: string, options: CallOptions): Promise<IamUser | undefined> {
    const user = await iam.getUser(name, options);
    return user && policyAt(root, user.path) !== undefined ? user : undefined;
  }

  async function describe({ name, path, createdAt }: IamUser, options: CallOptions): Promise<StoreUser> {
    const [keys, rights] = await Promise.all([iam.listKeys(name, options), iam.rightsOf(name, options)]);
    const own = policyAt(root, path) ?? path;
    return {
      accessKeyId: name,
      enabled: keys.some((key) => key.active),
      policies: [own, ...rights.policies.filter((policy) => policy !== POLICY)],
      groups: rights.groups,
      attachedAt: createdAt,
    };
  }

  /** Removes the user with everything in it. Whatever somebody has added to it keeps it: `inUse`. */
  async function remove(name: string, options: CallOptions): Promise<void> {
    const keys = await iam.listKeys(name, options);
    for (const { accessKeyId } of keys) await iam.removeKey(name, accessKeyId, options);
    await iam.removePolicy(name, POLICY, options);
    await iam.removeUser(name, options);
  }

  /**
   * Returns the pair if the user of its id still has it. A user whose secret is lost goes, since no server
   * shows a secret twice.
   */
  async function resumed(pair: Pair, path: string, options: CallOptions): Promise<Pair | undefined> {
    const { accessKeyId: name } = pair;
    const user = await iam.getUser(name, options);
    if (user && user.path !== path) {
      throw new StoreError('taken', `could not create user ${name}: there is one on another path`);
    }
    if (!user) return undefined;
    const keys = await iam.listKeys(name, options);
    if (keys.length === 1 && keys[0]?.accessKeyId === name) {
      await iam.setKeyActive(name, name, true, options);
      return pair;
    }
    await remove(name, options);
    return undefined;
  }

  /** The new names that users may have got, by path, though the answer to the renaming was lost. */
  const renamed = new Map<string, string>();

  async function make(name: string, path: string, options: CallOptions): Promise<Pair> {
    await iam.createUser(name, path, options);
    const pair = await iam.createKey(name, options);
    renamed.set(path, pair.accessKeyId);
    await iam.renameUser(name, pair.accessKeyId, options);
    renamed.delete(path);
    return pair;
  }

  return {
    getUser: async (id, options = {}) => {
      const user = await find(id, options);
      return user && ifThere(iam, id, options, () => describe(user, options));
    },

    listUsers: async ({ signal, keep = () => true, maxNames = Number.POSITIVE_INFINITY } = {}) => {
      const options = signal ? { signal } : {};
      const users = new Map<string, StoreUser>();
      const wanted: IamUser[] = [];
      for await (const user of iam.listUsers(root, options)) {
        const policy = policyAt(root, user.path);
        const policies = policy === undefined ? [] : [policy];
        const { name: accessKeyId } = user;
        if (policy !== undefined && keep({ accessKeyId, enabled: true, policies, groups: [] }))
          wanted.push(user);
        if (wanted.length > maxNames) {
          throw new StoreError('unreachable', 'could not list the users: there are more than are possible');
        }
      }
      const read = async (user: IamUser) => {
        const described = await ifThere(iam, user.name, options, () => describe(user, options));
        if (described) users.set(user.name, described);
      };
      await eachLimited(wanted, READS_AT_ONCE, read);
      return users;
    },

    putUser: async (pair, { policy, ...options }) => {
      const path = pathOf(root, policy);
      const lost = renamed.get(path);
      if (lost !== undefined) {
        if (await find(lost, options)) await remove(lost, options);
        renamed.delete(path);
      }
      try {
        return await make(pair.accessKeyId, path, options);
      } catch (error) {
        if (!(error instanceof StoreError) || error.kind !== 'taken') throw error;
      }
      return (await resumed(pair, path, options)) ?? make(pair.accessKeyId, path, options);
    },

    removeUser: async (id, options = {}) => {
      if (await find(id, options)) await ifThere(iam, id, options, () => remove(id, options));
    },

    setUserEnabled: async (id, enabled, options = {}) => {
      const keys = await iam.listKeys(id, options);
      if (keys.length === 0)
        throw new StoreError('absent', `could not change user ${id}: it has no access key`);
      for (const { accessKeyId, active } of keys) {
        if (active !== enabled) await iam.setKeyActive(id, accessKeyId, enabled, options);
      }
    },

    // No key may make sessions: that takes sts:GetSessionToken, which no policy grants.
    revokeSessions: async () => {},
  };
}
