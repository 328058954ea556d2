import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PolicyDocument } from '../../../src/provider/documents/statement.ts';
import { MINIO_ACTIONS } from '../../../src/provider/minio/actions.ts';
import { type OwnMinio, startOwnMinio } from '../support/minio-server.ts';

let own: OwnMinio;
beforeAll(async () => {
  own = await startOwnMinio();
});
afterAll(async () => {
  await own.end();
});

const BUCKET = ['arn:aws:s3:::photos'];
const OBJECTS = ['arn:aws:s3:::photos/*'];
const table = MINIO_ACTIONS;
const each = (actions: readonly string[], resource: readonly string[] | undefined) =>
  actions.map((action) => [action, resource] as const);

async function write(action: string, resource: readonly string[] | undefined): Promise<void> {
  const statement = { Effect: 'Allow', Action: [action], ...(resource && { Resource: resource }) } as const;
  const document: PolicyDocument = { ID: '', Version: '2012-10-17', Statement: [statement] };
  await own.open().putPolicy('alone', document);
}

test.each([
  ...each([...table.readBucket, ...table.writeBucket, ...table.configureBucket], BUCKET),
  ...each([...table.readObject, ...table.writeObject], OBJECTS),
  ...each([...table.listBuckets, ...table.createBuckets, ...table.unrestricted], ['arn:aws:s3:::*']),
  ...table.extra.map(({ name, target }) => [`s3:${name}`, target === 'bucket' ? BUCKET : OBJECTS] as const),
  ...each(table.denied, undefined),
])('MinIO takes %s', async (action, resource) => {
  await write(action, resource);
});

test.each(
  table.guide
    .filter(({ fate }) => fate !== 'kept')
    .map(({ name, target }) => [`s3:${name}`, target === 'bucket' ? BUCKET : OBJECTS] as const),
)('MinIO does not take %s', async (action, resource) => {
  await expect(write(action, resource)).rejects.toMatchObject({
    kind: 'invalid',
    code: 'XMinioMalformedIAMPolicy',
  });
});
