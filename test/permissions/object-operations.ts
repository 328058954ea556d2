import type { OperationName } from '../../scripts/docs/permissions/operations.ts';
import type { Call } from './operation.ts';

const TEXT = 'hello';
const TAGS = { kind: 'test' };

const inAMinute = () => new Date(Date.now() + 60_000).toISOString();

export const OBJECT_CALLS = {
  GetObject: async ({ client }, { bucket, object }) => {
    const { name } = await object();
    await (await client.getObject(bucket, name)).toArray();
  },
  'GetObject, a version': async ({ client }, { bucket, object }) => {
    const { name, versionId } = await object();
    await (await client.getObject(bucket, name, { versionId })).toArray();
  },
  HeadObject: async ({ client }, { bucket, object }) => client.statObject(bucket, (await object()).name),
  SelectObjectContent: async ({ send }, { bucket, object }) =>
    send({
      method: 'POST',
      bucket,
      object: (await object()).name,
      query: [
        ['select', ''],
        ['select-type', '2'],
      ],
      body: SELECT,
    }),
  GetObjectAcl: async ({ send }, { bucket, object }) =>
    send({ method: 'GET', bucket, object: (await object()).name, query: [['acl', '']] }),
  GetObjectAttributes: async ({ send }, { bucket, object }) =>
    send({
      method: 'GET',
      bucket,
      object: (await object()).name,
      query: [['attributes', '']],
      headers: { 'x-amz-object-attributes': 'ETag' },
    }),
  PutObject: ({ client }, { bucket, newName }) => client.putObject(bucket, newName(), TEXT),
  'PutObject, with tags': ({ client }, { bucket, newName }) =>
    client.putObject(bucket, newName(), TEXT, TEXT.length, { 'x-amz-tagging': 'kind=test' }),
  'PutObject, with an ACL': ({ send }, { bucket, newName }) =>
    send({
      method: 'PUT',
      bucket,
      object: newName(),
      body: TEXT,
      headers: { 'x-amz-acl': 'public-read' },
    }),
  CopyObject: async ({ client }, { bucket, newName, object }) =>
    client.copyObject(bucket, newName(), `/${bucket}/${(await object()).name}`),
  DeleteObject: async ({ client }, { bucket, object }) => client.removeObject(bucket, (await object()).name),
  'DeleteObject, a version': async ({ client }, { bucket, object }) => {
    const { name, versionId } = await object();
    await client.removeObject(bucket, name, { versionId });
  },
  DeleteObjects: async ({ send }, { bucket, object }) =>
    send({
      method: 'POST',
      bucket,
      query: [['delete', '']],
      body: `<Delete><Object><Key>${(await object()).name}</Key></Object></Delete>`,
    }),
  RestoreObject: async ({ send }, { bucket, object }) =>
    send({
      method: 'POST',
      bucket,
      object: (await object()).name,
      query: [['restore', '']],
      body: '<RestoreRequest><Days>1</Days></RestoreRequest>',
    }),
  GetObjectTagging: async ({ client }, { bucket, object }) =>
    client.getObjectTagging(bucket, (await object()).name),
  PutObjectTagging: async ({ client }, { bucket, object }) =>
    client.setObjectTagging(bucket, (await object()).name, TAGS),
  DeleteObjectTagging: async ({ client }, { bucket, object }) =>
    client.removeObjectTagging(bucket, (await object()).name, { versionId: '' }),
  PutObjectAcl: async ({ send }, { bucket, object }) =>
    send({
      method: 'PUT',
      bucket,
      object: (await object()).name,
      query: [['acl', '']],
      headers: { 'x-amz-acl': 'private' },
    }),
  GetObjectRetention: async ({ client }, { bucket, object }) =>
    client.getObjectRetention(bucket, (await object()).name),
  PutObjectRetention: async ({ send }, { bucket, object }) =>
    send({
      method: 'PUT',
      bucket,
      object: (await object()).name,
      query: [['retention', '']],
      body: `<Retention><Mode>GOVERNANCE</Mode><RetainUntilDate>${inAMinute()}</RetainUntilDate></Retention>`,
    }),
  GetObjectLegalHold: async ({ client }, { bucket, object }) =>
    client.getObjectLegalHold(bucket, (await object()).name),
  PutObjectLegalHold: async ({ send }, { bucket, object }) =>
    send({
      method: 'PUT',
      bucket,
      object: (await object()).name,
      query: [['legal-hold', '']],
      body: '<LegalHold><Status>ON</Status></LegalHold>',
    }),
} as const satisfies Partial<Record<OperationName, Call>>;

const SELECT = [
  '<SelectObjectContentRequest><Expression>SELECT * FROM S3Object</Expression><ExpressionType>SQL</ExpressionType>',
  '<InputSerialization><CompressionType>NONE</CompressionType><CSV/></InputSerialization>',
  '<OutputSerialization><CSV/></OutputSerialization></SelectObjectContentRequest>',
].join('');
