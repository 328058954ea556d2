import { isDeepStrictEqual } from 'node:util';
import { StoreError } from '../errors.ts';
import type { StoredPolicy } from '../policy.ts';
import type { CallOptions, Store } from '../provider.ts';
import type { IamUser } from './answers.ts';
import { MAX_MANAGED_BYTES, maxInlineBytes } from './dialect.ts';
import { documentText, incomplete, together, withoutAdded } from './documents.ts';
import type { Iam } from './iam.ts';
import { ifThere } from './if-there.ts';
import { managedArn, pathOf } from './paths.ts';
import { POLICY } from './principals.ts';
import { IAM } from './traits.ts';

type PolicyCalls = Pick<
  Store,
  'readPolicy' | 'writePolicy' | 'markPolicy' | 'attachPolicy' | 'removePolicy' | 'policyEntities'
>;

/** The maximum number of users of one AccessKey. Four are usual. */
const MAX_USERS = 1000;

/**
 * The text of a policy. If it is too long for an inline policy, also the name of the managed policy that
 * holds it.
 */
interface PolicyText {
  readonly text: string;
  readonly managed: string | undefined;
}

/**
 * Makes the part of a Store that handles policies. Each user of an AccessKey has the same one in itself: it
 * comes and goes with the user. On AWS, a policy that is too long for that is a managed one, which the users
 * share. It has the path of the users.
 */
export function createPolicies(iam: Iam, root: string): PolicyCalls {
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

  /** Returns the ARN of the AccessKey's managed policy; undefined if there are none. */
  async function arnOf(policy: string, options: CallOptions): Promise<string | undefined> {
    const { managedPolicies } = await iam.server(options);
    return managedPolicies === undefined ? undefined : managedArn(managedPolicies, pathOf(root, policy));
  }

  async function textFor(policy: string, wanted: StoredPolicy, options: CallOptions): Promise<PolicyText> {
    const server = await iam.server(options);
    const text = documentText(wanted, server.dialect === 'Ceph' ? pathOf(root, policy) : undefined);
    const bytes = Buffer.byteLength(text);
    const [inline, arn] = [maxInlineBytes(server), await arnOf(policy, options)];
    const most = arn === undefined ? inline : MAX_MANAGED_BYTES;
    if (bytes > most) {
      const why = `its ${bytes} bytes are more than the ${most} that the store takes`;
      throw new StoreError('invalid', `could not write policy ${policy}: ${why}`);
    }
    return { text, managed: bytes > inline ? arn : undefined };
  }

  /**
   * Writes the policy into every user that has it. If it moves between inline and managed, it attaches the
   * new one before it removes the old one.
   */
  async function write(policy: string, wanted: StoredPolicy, options: CallOptions): Promise<void> {
    const users = await usersOf(policy, options);
    if (users.length === 0) return;
    const { text, managed } = await textFor(policy, wanted, options);
    if (managed !== undefined) {
      await iam.writeManaged(managed, text, options);
      for (const { name } of users) {
        await ifThere(iam, name, options, () => share(name, managed, options));
      }
      return;
    }
    for (const { name } of users) {
      await ifThere(iam, name, options, () => iam.putPolicy(name, POLICY, text, options));
    }
    const former = await arnOf(policy, options);
    if (former === undefined || !(await iam.readManaged(former, options))) return;
    for (const { name } of users) {
      await ifThere(iam, name, options, () => iam.detachManaged(name, former, options));
    }
    await iam.removeManaged(former, options);
  }

  /** Attaches the managed policy to a user, in the place of an inline one. */
  async function share(name: string, arn: string, options: CallOptions): Promise<void> {
    await iam.attachManaged(name, arn, options);
    await iam.removePolicy(name, POLICY, options);
  }

  return {
    readPolicy: async (policy, options = {}) => {
      const users = await usersOf(policy, options);
      const path = pathOf(root, policy);
      const arn = await arnOf(policy, options);
      const [managed, inline] = await Promise.all([
        arn === undefined ? undefined : iam.readManaged(arn, options),
        Promise.all(
          users.map(({ name }) => ifThere(iam, name, options, () => iam.getPolicy(name, POLICY, options))),
        ),
      ]);
      const held = inline.flatMap((one) => (one ? [withoutAdded(one, path)] : []));
      if (!managed || arn === undefined) return together(held);
      const all = together([...held, withoutAdded(managed, path)]);
      const others = users.filter((_, at) => !inline[at]);
      const rights = await Promise.all(others.map(({ name }) => iam.rightsOf(name, options)));
      const isShared = rights.every(({ policies }) => policies.includes(arn));
      return all && (isShared ? all : incomplete(all));
    },

    writePolicy: (policy, wanted, options = {}) => write(policy, IAM.form.render(wanted), options),

    markPolicy: (policy, stored, mark, options = {}) => write(policy, { ...stored, mark }, options),

    attachPolicy: async (id, policy, wanted, options = {}) => {
      const rendered = IAM.form.render(wanted);
      const { text, managed } = await textFor(policy, rendered, options);
      if (managed === undefined) return iam.putPolicy(id, POLICY, text, options);
      const there = await iam.readManaged(managed, options);
      if (!there || !isDeepStrictEqual(withoutAdded(there, pathOf(root, policy)), rendered))
        await iam.writeManaged(managed, text, options);
      await share(id, managed, options);
    },

    removePolicy: async (policy, options = {}) => {
      if ((await usersOf(policy, options)).length > 0)
        throw new StoreError('inUse', `could not remove policy ${policy}: users have it`);
      const arn = await arnOf(policy, options);
      if (arn !== undefined) await iam.removeManaged(arn, options);
    },

    policyEntities: async (policy, options = {}) => {
      const users = await usersOf(policy, options);
      return { users: users.map(({ name }) => name), groups: [] };
    },
  };
}
