import type { Operation, OperationGroup } from './operation.ts';

const PART = Buffer.from('part');

const operations: readonly Operation[] = [
  {
    name: 'CreateMultipartUpload',
    action: 'PutObject',
    audience: 'addsObjects',
    call: ({ client }, { bucket, newName }) => client.initiateNewMultipartUpload(bucket, newName(), {}),
  },
  {
    name: 'UploadPart',
    action: 'PutObject',
    audience: 'addsObjects',
    call: async ({ client }, { bucket, upload }) => {
      const { name, uploadId } = await upload();
      const headers = { 'Content-Length': PART.length };
      await client.uploadPart(
        { bucketName: bucket, objectName: name, uploadID: uploadId, partNumber: 2, headers },
        PART,
      );
    },
  },
  {
    name: 'UploadPartCopy',
    action: 'PutObject',
    audience: 'addsObjects',
    note: 'and `GetObject` on the source',
    call: async ({ send }, { bucket, object, upload }) => {
      const source = await object();
      const { name, uploadId } = await upload();
      await send({
        method: 'PUT',
        bucket,
        object: name,
        query: [
          ['partNumber', '2'],
          ['uploadId', uploadId],
        ],
        headers: { 'x-amz-copy-source': `/${bucket}/${source.name}` },
      });
    },
  },
  {
    name: 'ListParts',
    action: 'ListMultipartUploadParts',
    audience: 'readsObjects',
    call: async ({ send }, { bucket, upload }) => {
      const { name, uploadId } = await upload();
      await send({ method: 'GET', bucket, object: name, query: [['uploadId', uploadId]] });
    },
  },
  {
    name: 'CompleteMultipartUpload',
    action: 'PutObject',
    audience: 'addsObjects',
    call: async ({ client }, { bucket, upload }) => {
      const { name, uploadId, etag } = await upload();
      await client.completeMultipartUpload(bucket, name, uploadId, [{ part: 1, etag }]);
    },
  },
  {
    name: 'AbortMultipartUpload',
    action: 'AbortMultipartUpload',
    audience: 'addsObjects',
    call: async ({ client }, { bucket, upload }) => {
      const { name, uploadId } = await upload();
      await client.abortMultipartUpload(bucket, name, uploadId);
    },
  },
  {
    name: 'ListMultipartUploads',
    action: 'ListBucketMultipartUploads',
    audience: 'readsBucket',
    call: ({ send }, { bucket, folder }) =>
      send({
        method: 'GET',
        bucket,
        query: [
          ['uploads', ''],
          ['prefix', folder],
        ],
      }),
  },
];

export const UPLOADS: OperationGroup = { title: 'Multipart uploads', operations };
