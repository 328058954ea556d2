/** A bucket with settings that somebody could wipe, and what it has of them. */
import { RETENTION_MODES } from 'minio';
import type { MinioData } from '../../bed/minio.ts';
import { Refusal, signedCalls } from '../../permissions/signed-call.ts';
import { s3Client } from './s3.ts';

/** MinIO's settings of a bucket, by the names of the requests that read them. */
const SETTINGS = ['policy', 'versioning', 'object-lock', 'lifecycle', 'tagging', 'notification'] as const;

type Settings = Readonly<Record<(typeof SETTINGS)[number], string>>;

const rootOf = ({ rootUser, rootPassword }: MinioData) => ({
  accessKeyId: rootUser,
  secretAccessKey: rootPassword,
});

/** Makes a bucket with a policy, versioning, object lock, a lifecycle rule and tags, and a version under COMPLIANCE. */
export async function createSettledBucket(minio: MinioData, bucket: string): Promise<void> {
  const root = s3Client(minio, rootOf(minio));
  await root.makeBucket(bucket, '', { ObjectLocking: true });
  const statement = {
    Effect: 'Allow',
    Principal: { AWS: ['*'] },
    Action: ['s3:GetObject'],
    Resource: [`arn:aws:s3:::${bucket}/public/*`],
  };
  await root.setBucketPolicy(bucket, JSON.stringify({ Version: '2012-10-17', Statement: [statement] }));
  const rule = { ID: 'tmp', Status: 'Enabled', Filter: { Prefix: 'tmp/' }, Expiration: { Days: 30 } };
  await root.setBucketLifecycle(bucket, { Rule: [rule] });
  await root.setBucketTagging(bucket, { team: 'finance' });
  const { versionId } = await root.putObject(bucket, 'held', 'held');
  await root.putObjectRetention(bucket, 'held', {
    mode: RETENTION_MODES.COMPLIANCE,
    retainUntilDate: new Date(Date.now() + 3_600_000).toISOString(),
    versionId: versionId ?? '',
  });
}

/** Reads them all; of a setting that the bucket hasn't, the store's code for that. */
export async function settingsOf(minio: MinioData, bucket: string): Promise<Settings> {
  const send = signedCalls(minio.endpoint, rootOf(minio));
  const read = async (name: string): Promise<string> => {
    try {
      return await send({ method: 'GET', bucket, query: [[name, '']] });
    } catch (error) {
      if (error instanceof Refusal) return error.code;
      throw error;
    }
  };
  const found = await Promise.all(SETTINGS.map(async (name) => [name, await read(name)] as const));
  return Object.fromEntries(found) as Settings;
}
