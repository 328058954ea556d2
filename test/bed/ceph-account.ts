/** Makes accounts in a Ceph, by the API of its administrators. Each has users and buckets that the others don't see. */
import { randomBytes } from 'node:crypto';
import { request } from 'undici';
import { signRequest } from '../../src/provider/iam/signing.ts';
import type { Pair } from '../../src/provider/provider.ts';
import type { CephPlace } from './ceph.ts';

/** An account. */
export interface CephAccount {
  /** The APIs of S3 and IAM: http://127.0.0.1:PORT */
  readonly endpoint: string;
  /** In the ARNs of its users. */
  readonly accountId: string;
  /** The pair of its root user. */
  readonly root: Pair;
}

/** More than the default of 1,000, of which the account's root is one. */
const MAX_USERS = 100_000;

/** Makes an account with a root user. @throws Error with the status that refuses it */
export async function createCephAccount({ endpoint, admin }: CephPlace): Promise<CephAccount> {
  const { host } = new URL(endpoint);

  async function call(method: 'POST' | 'PUT', resource: string, query: Record<string, string>) {
    const path = `/admin/${resource}?${new URLSearchParams(query)}`;
    const signable = { service: 's3', region: 'us-east-1', method, host, path } as const;
    const headers = signRequest(signable, admin, Date.now());
    const { statusCode, body } = await request(`${endpoint}${path}`, { method, headers });
    if (statusCode !== 200) throw new Error(`${method} ${resource}: ${statusCode} ${await body.text()}`);
    return body.json();
  }

  const name = randomBytes(4).toString('hex');
  const { id: accountId } = (await call('POST', 'account', {
    name,
    'max-users': String(MAX_USERS),
  })) as { id: string };
  const root = {
    accessKeyId: `ROOT${randomBytes(8).toString('hex').toUpperCase()}`,
    secretAccessKey: randomBytes(20).toString('hex'),
  };
  await call('PUT', 'user', {
    ...{ uid: `root-${name}`, 'display-name': 'root', 'account-id': accountId, 'account-root': 'true' },
    ...{ 'access-key': root.accessKeyId, 'secret-key': root.secretAccessKey, 'generate-key': 'false' },
  });
  return { endpoint, accountId, root };
}
