import { createConnection } from '../../../src/provider/connection.ts';
import { createAdminClient } from '../../../src/provider/minio/client.ts';
import { paced } from '../../../src/provider/paced-connection.ts';
import type { Pair } from '../../../src/provider/provider.ts';
import type { MinioData } from '../../bed/minio.ts';
import { newPair } from './minio-server.ts';

/** Makes a service account (a child key) of a user. @param policy its session policy; without one it may what its user may */
export async function makeServiceAccount(
  { endpoint, rootUser, rootPassword }: MinioData,
  targetUser: string,
  policy?: object,
): Promise<Pair> {
  const pair = newPair();
  const now = Date.now;
  const connection = paced(createConnection({ endpoint }), { timeoutMs: 15_000 });
  const credentials = { accessKeyId: rootUser, secretAccessKey: rootPassword };
  const client = createAdminClient({
    connection,
    endpoint,
    region: 'us-east-1',
    credentials,
    now,
  });
  const body = await client.seal({
    targetUser,
    accessKey: pair.accessKeyId,
    secretKey: pair.secretAccessKey,
    ...(policy && { policy }),
  });
  await client.request({
    method: 'PUT',
    path: 'add-service-account',
    body,
    purpose: 'make a service account',
  });
  await connection.close();
  return pair;
}
