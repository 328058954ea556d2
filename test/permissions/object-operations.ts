import type { Operation, OperationGroup } from './operation.ts';

const TEXT = 'hello';
const NO_LOCK = 'NoSuchObjectLockConfiguration';
const LOCKED_ONLY = 'in a bucket with object lock; in others everybody is told `InvalidRequest`';
const TAGS = { kind: 'test' };
const READ_ACL = 'a fixed answer: MinIO has no ACLs';
const VERSION_TOO = 'the action on the object is enough for any of its versions';

const inAMinute = () => new Date(Date.now() + 60_000).toISOString();

const operations: readonly Operation[] = [
  {
    name: 'GetObject',
    action: 'GetObject',
    audience: 'readsObjects',
    call: async ({ client }, { bucket, object }) => {
      const { name } = await object();
      await (await client.getObject(bucket, name)).toArray();
    },
  },
  {
    name: 'GetObject, a version',
    action: 'GetObject',
    audience: 'readsObjects',
    note: VERSION_TOO,
    call: async ({ client }, { bucket, object }) => {
      const { name, versionId } = await object();
      await (await client.getObject(bucket, name, { versionId })).toArray();
    },
  },
  {
    name: 'HeadObject',
    action: 'GetObject',
    audience: 'readsObjects',
    call: async ({ client }, { bucket, object }) => client.statObject(bucket, (await object()).name),
  },
  {
    name: 'SelectObjectContent',
    action: 'GetObject',
    audience: 'readsObjects',
    call: async ({ send }, { bucket, object }) =>
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
  },
  {
    name: 'GetObjectAcl',
    action: 'GetBucketPolicy',
    audience: 'readsBucket',
    note: READ_ACL,
    call: async ({ send }, { bucket, object }) =>
      send({ method: 'GET', bucket, object: (await object()).name, query: [['acl', '']] }),
  },
  {
    name: 'GetObjectAttributes',
    action: 'GetObjectAttributes',
    audience: 'unrestricted',
    call: async ({ send }, { bucket, object }) =>
      send({
        method: 'GET',
        bucket,
        object: (await object()).name,
        query: [['attributes', '']],
        headers: { 'x-amz-object-attributes': 'ETag' },
      }),
  },
  {
    name: 'PutObject',
    action: 'PutObject',
    audience: 'addsObjects',
    call: ({ client }, { bucket, newName }) => client.putObject(bucket, newName(), TEXT),
  },
  {
    name: 'PutObject, with tags',
    action: 'PutObject',
    audience: 'addsObjects',
    note: 'tags that come with the object need no right of their own',
    call: ({ client }, { bucket, newName }) =>
      client.putObject(bucket, newName(), TEXT, TEXT.length, { 'x-amz-tagging': 'kind=test' }),
  },
  {
    name: 'CopyObject',
    action: 'PutObject',
    audience: 'addsObjects',
    note: 'and `GetObject` on the source',
    call: async ({ client }, { bucket, newName, object }) =>
      client.copyObject(bucket, newName(), `/${bucket}/${(await object()).name}`),
  },
  {
    name: 'DeleteObject',
    action: 'DeleteObject',
    audience: 'deletesObjects',
    call: async ({ client }, { bucket, object }) => client.removeObject(bucket, (await object()).name),
  },
  {
    name: 'DeleteObject, a version',
    action: 'DeleteObject',
    audience: 'deletesObjects',
    note: `${VERSION_TOO}: versioning doesn't protect objects from the key`,
    call: async ({ client }, { bucket, object }) => {
      const { name, versionId } = await object();
      await client.removeObject(bucket, name, { versionId });
    },
  },
  {
    name: 'DeleteObjects',
    action: 'DeleteObject',
    audience: 'deletesObjects',
    note: 'decided for each object; some clients hide which were refused',
    call: async ({ send }, { bucket, object }) =>
      send({
        method: 'POST',
        bucket,
        query: [['delete', '']],
        body: `<Delete><Object><Key>${(await object()).name}</Key></Object></Delete>`,
      }),
  },
  {
    name: 'RestoreObject',
    action: 'RestoreObject',
    audience: 'deletesObjects',
    answer: 'InvalidObjectState',
    note: 'for objects that a lifecycle rule has moved to a remote tier',
    call: async ({ send }, { bucket, object }) =>
      send({
        method: 'POST',
        bucket,
        object: (await object()).name,
        query: [['restore', '']],
        body: '<RestoreRequest><Days>1</Days></RestoreRequest>',
      }),
  },
  {
    name: 'GetObjectTagging',
    action: 'GetObjectTagging',
    audience: 'unrestricted',
    call: async ({ client }, { bucket, object }) => client.getObjectTagging(bucket, (await object()).name),
  },
  {
    name: 'PutObjectTagging',
    action: 'PutObjectTagging',
    audience: 'unrestricted',
    call: async ({ client }, { bucket, object }) =>
      client.setObjectTagging(bucket, (await object()).name, TAGS),
  },
  {
    name: 'DeleteObjectTagging',
    action: 'DeleteObjectTagging',
    audience: 'unrestricted',
    call: async ({ client }, { bucket, object }) =>
      client.removeObjectTagging(bucket, (await object()).name, { versionId: '' }),
  },
  {
    name: 'PutObjectAcl',
    action: 'PutBucketPolicy',
    audience: 'unrestricted',
    call: async ({ send }, { bucket, object }) =>
      send({
        method: 'PUT',
        bucket,
        object: (await object()).name,
        query: [['acl', '']],
        headers: { 'x-amz-acl': 'private' },
      }),
  },
  {
    name: 'GetObjectRetention',
    action: 'GetObjectRetention',
    audience: 'unrestricted',
    answer: NO_LOCK,
    call: async ({ client }, { bucket, object }) => client.getObjectRetention(bucket, (await object()).name),
  },
  {
    name: 'PutObjectRetention',
    action: 'PutObjectRetention',
    audience: 'unrestricted',
    note: LOCKED_ONLY,
    call: async ({ send }, { bucket, object }) =>
      send({
        method: 'PUT',
        bucket,
        object: (await object()).name,
        query: [['retention', '']],
        body: `<Retention><Mode>GOVERNANCE</Mode><RetainUntilDate>${inAMinute()}</RetainUntilDate></Retention>`,
      }),
  },
  {
    name: 'GetObjectLegalHold',
    action: 'GetObjectLegalHold',
    audience: 'unrestricted',
    answer: NO_LOCK,
    call: async ({ client }, { bucket, object }) => client.getObjectLegalHold(bucket, (await object()).name),
  },
  {
    name: 'PutObjectLegalHold',
    action: 'PutObjectLegalHold',
    audience: 'unrestricted',
    note: LOCKED_ONLY,
    call: async ({ send }, { bucket, object }) =>
      send({
        method: 'PUT',
        bucket,
        object: (await object()).name,
        query: [['legal-hold', '']],
        body: '<LegalHold><Status>ON</Status></LegalHold>',
      }),
  },
];

const SELECT = [
  '<SelectObjectContentRequest><Expression>SELECT * FROM S3Object</Expression><ExpressionType>SQL</ExpressionType>',
  '<InputSerialization><CompressionType>NONE</CompressionType><CSV/></InputSerialization>',
  '<OutputSerialization><CSV/></OutputSerialization></SelectObjectContentRequest>',
].join('');

export const OBJECTS: OperationGroup = { title: 'Objects', operations };
