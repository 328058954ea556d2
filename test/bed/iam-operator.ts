/** The operator's own user in a store with AWS's IAM API, with the policy of the documents and no other right. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cluster } from '../../src/ownership/names.ts';
import { createIam } from '../../src/provider/iam/iam.ts';
import type { Pair } from '../../src/provider/provider.ts';
import type { IamServer } from './iam-server.ts';

const POLICY = join(import.meta.dirname, '..', '..', 'examples', 'iam', 'operator-policy.json');

/** Creates the user as root. @returns its pair */
export async function createOperatorUser(
  server: Pick<IamServer, 'endpoint' | 'root' | 'account'>,
  cluster: Pick<Cluster, 'name'>,
): Promise<Pair> {
  const text = readFileSync(POLICY, 'utf8')
    .replace('ACCOUNT', server.account)
    .replace('CLUSTER', cluster.name);
  const policy: unknown = JSON.parse(text);
  const iam = createIam({ endpoint: server.endpoint, credentials: server.root });
  try {
    const name = `operator-${randomBytes(4).toString('hex')}`;
    await iam.createUser(name, '/');
    await iam.putPolicy(name, 'operator', JSON.stringify(policy));
    return await iam.createKey(name);
  } finally {
    await iam.close();
  }
}
