import { StoreError } from '../errors.ts';
import type { StoredPolicy } from '../policy.ts';
import type { CallOptions, Store } from '../provider.ts';
import type { IamUser } from './answers.ts';
import { maxInlineBytes } from './dialect.ts';
import { documentText, together, withoutAdded } from './documents.ts';
import type { Iam } from './iam.ts';
import { ifThere } from './if-there.ts';
import { pathOf } from './paths.ts';
import { POLICY } from './principals.ts';
import { IAM } from './traits.ts';

type PolicyCalls = Pick<
  Store,
  'readPolicy' | 'writePolicy' | 'markPolicy' | 'attachPolicy' | 'removePolicy' | 'policyEntities'
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

  async function textFor(policy: string, wanted: StoredPolicy, options: CallOptions): Promise<string> {
    const server = await iam.server(options);
    const text = documentText(wanted, server.dialect === 'Ceph' ? pathOf(root, policy) : undefined);
    const [bytes, most] = [Buffer.byteLength(text), maxInlineBytes(server)];
    if (bytes > most) {
      const why = `its ${bytes} bytes are more than the ${most} that the store takes`;
      throw new StoreError('invalid', `could not write policy ${policy}: ${why}`);
    }
    return text;
  }

  /** Writes the policy into every user that has it. */
  async function write(policy: string, wanted: StoredPolicy, options: CallOptions): Promise<void> {
    const users = await usersOf(policy, options);
    if (users.length === 0) return;
    const text = await textFor(policy, wanted, options);
    for (const { name } of users) {
      await ifThere(iam, name, options, () => iam.putPolicy(name, POLICY, text, options));
    }
  }

  return {
    readPolicy: async (policy, options = {}) => {
      const users = await usersOf(policy, options);
      const path = pathOf(root, policy);
      const held = await Promise.all(
        users.map(({ name }) => ifThere(iam, name, options, () => iam.getPolicy(name, POLICY, options))),
      );
      return together(held.flatMap((one) => (one ? [withoutAdded(one, path)] : [])));
    },

    writePolicy: (policy, wanted, options = {}) => write(policy, IAM.form.render(wanted), options),

    markPolicy: (policy, stored, mark, options = {}) => write(policy, { ...stored, mark }, options),

    attachPolicy: async (id, policy, wanted, options = {}) => {
      await iam.putPolicy(id, POLICY, await textFor(policy, IAM.form.render(wanted), options), options);
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
