import type { Pair } from '../../../src/provider/provider.ts';
import type { MinioData } from '../../bed/minio.ts';
import { rootClient } from '../../bed/root-client.ts';
import { newPair } from './minio-server.ts';

const TIMEOUT_MS = 15_000;

/** Makes a service account (a child key) of a user. @param policy its session policy; without one it may what its user may */
export async function makeServiceAccount(
  minio: MinioData,
  targetUser: string,
  policy?: object,
): Promise<Pair> {
  const pair = newPair();
  const client = rootClient(minio, TIMEOUT_MS);
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
  await client.close();
  return pair;
}
