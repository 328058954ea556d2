import { createConnection } from '../../src/provider/connection.ts';
import { type AdminClient, createAdminClient } from '../../src/provider/minio/client.ts';
import { paced } from '../../src/provider/paced-connection.ts';
import type { MinioData } from './minio.ts';

/** A MinIO's administration, for calls that the operator doesn't make. */
export interface RootClient extends AdminClient {
  close(): Promise<void>;
}

/** For one call, in ms: a disk that writes slowly takes half a minute for a thousand users. */
const TIMEOUT_MS = 300_000;

/** Makes a client that signs as the root user. @param timeoutMs for one call */
export function rootClient(
  { endpoint, rootUser, rootPassword }: MinioData,
  timeoutMs = TIMEOUT_MS,
): RootClient {
  const connection = paced(createConnection({ endpoint }), { timeoutMs });
  const credentials = { accessKeyId: rootUser, secretAccessKey: rootPassword };
  const client = createAdminClient({
    connection,
    endpoint,
    region: 'us-east-1',
    credentials,
    now: Date.now,
  });
  return { ...client, close: () => connection.close() };
}
