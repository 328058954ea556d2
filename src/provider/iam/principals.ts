import { eachLimited } from '../../runtime/each-limited.ts';
import { StoreError } from '../errors.ts';
import type { CallOptions, Pair, Store, StoreUser } from '../provider.ts';
import type { IamUser, UserRights } from './answers.ts';
import { capabilitiesOf } from './dialect.ts';
import type { Iam } from './iam.ts';
import { ifThere } from './if-there.ts';
import { managedArn, pathOf, policyAt } from './paths.ts';

type PrincipalCalls = Pick<
  Store,
  'getUser' | 'listUsers' | 'putUser' | 'removeUser' | 'setUserEnabled' | 'revokeSessions'
>;

/** The name of the inline policy that each user has. */
export const POLICY = 'accesskeys';

/** True if an ARN is that of the managed policy of the users on the path. */
function isOwn(arn: string, path: string): boolean {
  return arn.endsWith(managedArn(':policy', path));
}

/** The delay before a question is asked again whose answer isn't true everywhere yet, in ms. */
const RETRY_MS = 2_000;

/** The maximum number of users that a list reads concurrently. */
const READS_AT_ONCE = 4;

/**
 * Makes the part of a Store that handles users. A user has one access key and one policy, and is named by its
 * access key's id, as on MinIO. Until it has a key, it has the name that the operator chose.
 * @param root the path below which all users are. The operator touches no others
 * @param now returns the time in ms since 1970
 */
export function createPrincipalCalls(iam: Iam, root: string, now: () => number): PrincipalCalls {
  /**
   * Returns the user of that name below the root. Another one is none of the operator's business. Every other
   * call names a user that was found: of one that is absent, a server refuses it to an operator that may only
   * touch users on its paths.
   */
  async function find(name: string, options: CallOptions): Promise<IamUser | undefined> {
    const user = await iam.getUser(name, options);
    return user && policyAt(root, user.path) !== undefined ? user : undefined;
  }

  async function describe(user: IamUser & Partial<UserRights>, options: CallOptions): Promise<StoreUser> {
    const { name, path, createdAt, policies, groups } = user;
    const known = policies && groups && { policies, groups };
    const [keys, rights] = await Promise.all([
      iam.listKeys(name, options),
      known ?? iam.rightsOf(name, options),
    ]);
    const own = policyAt(root, path) ?? path;
    return {
      accessKeyId: name,
      enabled: keys.some((key) => key.active),
      policies: [own, ...rights.policies.filter((policy) => policy !== POLICY && !isOwn(policy, path))],
      groups: rights.groups,
      attachedAt: createdAt,
    };
  }

  /**
   * Lists the users below the root. AWS shows their rights with them, which saves three requests for each; an
   * operator that may not ask for that reads them one by one.
   */
  async function* usersBelow(options: CallOptions): AsyncGenerator<IamUser & Partial<UserRights>> {
    const { dialect } = await iam.server(options);
    if (dialect === 'AWS') {
      try {
        for await (const user of iam.listAccount(options)) if (user.path.startsWith(root)) yield user;
        return;
      } catch (error) {
        if (!(error instanceof StoreError) || error.kind !== 'refused') throw error;
      }
    }
    yield* iam.listUsers(root, options);
  }

  /** The users that were made a moment ago, and when each of them is known everywhere in the store. */
  const settling = new Map<string, number>();

  function noteMade(id: string): void {
    const { settlesWithinMs } = capabilitiesOf(iam.shownServer());
    if (settlesWithinMs === 0) return;
    for (const [other, at] of settling) if (at <= now()) settling.delete(other);
    settling.set(id, now() + settlesWithinMs);
  }

  /**
   * Checks that an absent user is known to be absent.
   * @throws StoreError of kind `busy` for one that was made a moment ago and isn't known everywhere yet
   */
  function checkSettled(id: string): void {
    if ((settling.get(id) ?? 0) <= now()) return;
    throw new StoreError('busy', 'could not read a user: the store does not show yet that it was made', {
      retryAfterMs: RETRY_MS,
    });
  }

  /** Removes the user with all that the operator put into it. Fails with `inUse` if somebody added more. */
  async function remove({ name, path }: IamUser, options: CallOptions): Promise<void> {
    const { managedPolicies } = await iam.server(options);
    const keys = await iam.listKeys(name, options);
    for (const { accessKeyId } of keys) await iam.removeKey(name, accessKeyId, options);
    await iam.removePolicy(name, POLICY, options);
    if (managedPolicies !== undefined)
      await iam.detachManaged(name, managedArn(managedPolicies, path), options);
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
    if (!user) {
      checkSettled(name);
      return undefined;
    }
    const keys = await iam.listKeys(name, options);
    if (keys.length === 1 && keys[0]?.accessKeyId === name) {
      await iam.setKeyActive(name, name, true, options);
      return pair;
    }
    await remove(user, options);
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
    noteMade(pair.accessKeyId);
    return pair;
  }

  return {
    getUser: async (id, options = {}) => {
      const user = await find(id, options);
      if (!user) checkSettled(id);
      return user && ifThere(iam, id, options, () => describe(user, options));
    },

    listUsers: async ({ signal, keep = () => true, maxNames = Number.POSITIVE_INFINITY } = {}) => {
      const options = signal ? { signal } : {};
      const users = new Map<string, StoreUser>();
      const wanted: (IamUser & Partial<UserRights>)[] = [];
      for await (const user of usersBelow(options)) {
        const policy = policyAt(root, user.path);
        const policies = policy === undefined ? [] : [policy];
        const { name: accessKeyId } = user;
        if (policy !== undefined && keep({ accessKeyId, enabled: true, policies, groups: [] }))
          wanted.push(user);
        if (wanted.length > maxNames) {
          throw new StoreError('unreachable', 'could not list the users: there are more than are possible');
        }
      }
      const read = async (user: IamUser & Partial<UserRights>) => {
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
        const user = await find(lost, options);
        if (user) await remove(user, options);
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
      const user = await find(id, options);
      // What doesn't show yet can't be removed yet, and isn't gone.
      if (!user) return checkSettled(id);
      await ifThere(iam, id, options, () => remove(user, options));
      settling.delete(id);
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
