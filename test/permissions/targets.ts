/** The targets of the operations, made by the root user, and the callers that try them. */
import { randomBytes } from 'node:crypto';
import type { Client } from 'minio';
import type { Level } from '../../scripts/docs/permissions/levels.ts';
import type { Pair } from '../../src/provider/provider.ts';
import { s3Client } from '../integration/support/fixtures.ts';
import { bucketOf, folderOf, GRANTED } from './levels.ts';
import type { Caller, Target } from './operation.ts';
import { signedCalls } from './signed-call.ts';

/** Calls as that pair. */
export function callerOf(endpoint: string, pair: Pair): Caller {
  return { client: s3Client({ endpoint }, pair), send: signedCalls(endpoint, pair) };
}

/** Makes the bucket of that level, with object lock, and so with versioning. */
export async function makeTarget(root: Client, level: Level): Promise<Target> {
  const bucket = bucketOf(level);
  const folder = folderOf(level);
  await root.makeBucket(bucket, '', { ObjectLocking: true });
  const unique = () => randomBytes(6).toString('hex');
  const newName = () => `${folder}${unique()}.csv`;
  return {
    bucket,
    folder,
    newName,
    newBucket: () => `${GRANTED}${unique()}`,
    async object() {
      const name = newName();
      const { versionId } = await root.putObject(bucket, name, 'a,b\n');
      if (versionId === null) throw new Error(`bucket ${bucket} has no versioning`);
      return { name, versionId };
    },
    async upload() {
      const name = newName();
      const uploadId = await root.initiateNewMultipartUpload(bucket, name, {});
      const part = Buffer.from('a,b\n');
      const { etag } = await root.uploadPart(
        {
          bucketName: bucket,
          objectName: name,
          uploadID: uploadId,
          partNumber: 1,
          headers: { 'Content-Length': part.length },
        },
        part,
      );
      return { name, uploadId, etag };
    },
  };
}
