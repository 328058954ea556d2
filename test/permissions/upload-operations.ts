import type { OperationName } from '../../scripts/docs/permissions/operations.ts';
import type { Call } from './operation.ts';

const PART = Buffer.from('part');

export const UPLOAD_CALLS = {
  CreateMultipartUpload: ({ client }, { bucket, newName }) =>
    client.initiateNewMultipartUpload(bucket, newName(), {}),
  UploadPart: async ({ client }, { bucket, upload }) => {
    const { name, uploadId } = await upload();
    const headers = { 'Content-Length': PART.length };
    await client.uploadPart(
      { bucketName: bucket, objectName: name, uploadID: uploadId, partNumber: 2, headers },
      PART,
    );
  },
  UploadPartCopy: async ({ send }, { bucket, object, upload }) => {
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
  ListParts: async ({ send }, { bucket, upload }) => {
    const { name, uploadId } = await upload();
    await send({ method: 'GET', bucket, object: name, query: [['uploadId', uploadId]] });
  },
  CompleteMultipartUpload: async ({ client }, { bucket, upload }) => {
    const { name, uploadId, etag } = await upload();
    await client.completeMultipartUpload(bucket, name, uploadId, [{ part: 1, etag }]);
  },
  AbortMultipartUpload: async ({ client }, { bucket, upload }) => {
    const { name, uploadId } = await upload();
    await client.abortMultipartUpload(bucket, name, uploadId);
  },
  ListMultipartUploads: ({ send }, { bucket, folder }) =>
    send({
      method: 'GET',
      bucket,
      query: [
        ['uploads', ''],
        ['prefix', folder],
      ],
    }),
} as const satisfies Partial<Record<OperationName, Call>>;
