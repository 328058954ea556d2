import { seal } from '../../../src/provider/minio/sealing.ts';
import type { Store, StoreUser } from '../../../src/provider/provider.ts';
import type { Action, FaultProxy, ProxyRequest } from '../../bed/proxy.ts';

/** A store that has been there for longer than the test: it shows users as attached earlier than they were. */
export interface AgedStore {
  /** From now on that user is that many ms older than it is. */
  age(accessKeyId: string, ms: number): void;
}

/**
 * Answers requests for users in the store's place, in the proxy before it; everything else passes.
 * @param admin our own client, by no proxy
 * @param secret by which the operator signs, and a list of users is sealed
 */
export function agedStore(proxy: FaultProxy, admin: Store, secret: string): AgedStore {
  const older = new Map<string, number>();
  const shown = ({ accessKeyId, enabled, policies, groups, attachedAt }: StoreUser): object => ({
    policyName: policies.join(','),
    status: enabled ? 'enabled' : 'disabled',
    memberOf: groups,
    ...(attachedAt !== undefined && {
      updatedAt: new Date(attachedAt - (older.get(accessKeyId) ?? 0)).toISOString(),
    }),
  });

  async function answerFor({ path }: ProxyRequest): Promise<Action | undefined> {
    const { pathname, searchParams } = new URL(path, 'http://store');
    const call = pathname.replace('/minio/admin/v3/', '');
    if (call === 'user-info') {
      const user = await admin.getUser(searchParams.get('accessKey') ?? '');
      return user && { do: 'answer', status: 200, body: JSON.stringify(shown(user)) };
    }
    if (call !== 'list-users') return undefined;
    const users = [...(await admin.listUsers()).values()].map((user) => [user.accessKeyId, shown(user)]);
    const body = await seal(secret, Buffer.from(JSON.stringify(Object.fromEntries(users))));
    return { do: 'answer', status: 200, body };
  }

  proxy.onRequest(answerFor);
  return { age: (accessKeyId, ms) => void older.set(accessKeyId, ms) };
}
