/** Every operation of S3 and of MinIO that names an object, with the name as somebody spells it. */
import type { Client } from 'minio';
import type { Query } from '../../src/provider/minio/signing.ts';
import { encodePath } from '../../src/provider/minio/signing.ts';
import { tarOf } from '../integration/support/tar.ts';
import type { RawAnswer, RawCall } from './raw-call.ts';
import { SENT } from './spellings.ts';

/** The caller and the target of an operation. */
export interface Way {
  readonly send: (call: RawCall) => Promise<RawAnswer>;
  readonly client: Client;
  /** The bucket in which the key may do something. */
  readonly bucket: string;
  /** Begins the names of the objects that it may use; empty, or ends in `/`. */
  readonly folder: string;
  /** An object there, and an upload that is begun there. */
  readonly own: { readonly name: string; readonly uploadId: string };
}

/** Sends the operation with that name, in every form that it can have; gives the answers. */
export type NamedOperation = (way: Way, name: string) => Promise<RawAnswer[]>;

type Rest = Pick<RawCall, 'body' | 'headers'> & { readonly query?: (way: Way) => Query };

/** The name stands in the path. */
function inPath(method: RawCall['method'], { query, ...rest }: Rest = {}): NamedOperation {
  return (way, name) =>
    Promise.all(
      Object.values(SENT).map((sent) => {
        const path = `/${way.bucket}/${name}`;
        return way.send({
          method,
          path,
          sentPath: sent(encodePath(path)),
          ...(query && { query: query(way) }),
          ...rest,
        });
      }),
    );
}

const upload = ({ own }: Way): Query => [['uploadId', own.uploadId]];
const part = (way: Way): Query => [['partNumber', '1'], ...upload(way)];
const parameter = (name: string, value = '') => ({ query: (): Query => [[name, value]] });
const RETENTION =
  '<Retention><Mode>GOVERNANCE</Mode><RetainUntilDate>2099-01-01T00:00:00Z</RetainUntilDate></Retention>';
const SELECT =
  '<SelectObjectContentRequest><Expression>SELECT * FROM S3Object</Expression><ExpressionType>SQL</ExpressionType><InputSerialization><CSV/></InputSerialization><OutputSerialization><CSV/></OutputSerialization></SelectObjectContentRequest>';

/** Operations whose request names the object in its path: MinIO refuses a path that climbs before it asks who calls. */
export const IN_PATH: Readonly<Record<string, NamedOperation>> = {
  GetObject: inPath('GET'),
  'GetObject, a version': inPath('GET', parameter('versionId', 'null')),
  'GetObject, of an archive': inPath('GET', { headers: { 'x-minio-extract': 'true' } }),
  HeadObject: inPath('HEAD'),
  PutObject: inPath('PUT', { body: 'changed' }),
  DeleteObject: inPath('DELETE'),
  'DeleteObject, a version': inPath('DELETE', parameter('versionId', 'null')),
  'DeleteObject, all below': inPath('DELETE', { headers: { 'x-minio-force-delete': 'true' } }),
  CreateMultipartUpload: inPath('POST', parameter('uploads')),
  UploadPart: inPath('PUT', { query: part, body: 'changed' }),
  ListParts: inPath('GET', { query: upload }),
  CompleteMultipartUpload: inPath('POST', {
    query: upload,
    body: '<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>x</ETag></Part></CompleteMultipartUpload>',
  }),
  AbortMultipartUpload: inPath('DELETE', { query: upload }),
  GetObjectAcl: inPath('GET', parameter('acl')),
  PutObjectAcl: inPath('PUT', { ...parameter('acl'), headers: { 'x-amz-acl': 'public-read' } }),
  GetObjectTagging: inPath('GET', parameter('tagging')),
  PutObjectTagging: inPath('PUT', {
    ...parameter('tagging'),
    body: '<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>',
  }),
  DeleteObjectTagging: inPath('DELETE', parameter('tagging')),
  GetObjectRetention: inPath('GET', parameter('retention')),
  PutObjectRetention: inPath('PUT', { ...parameter('retention'), body: RETENTION }),
  GetObjectLegalHold: inPath('GET', parameter('legal-hold')),
  PutObjectLegalHold: inPath('PUT', {
    ...parameter('legal-hold'),
    body: '<LegalHold><Status>ON</Status></LegalHold>',
  }),
  GetObjectAttributes: inPath('GET', {
    ...parameter('attributes'),
    headers: { 'x-amz-object-attributes': 'ETag' },
  }),
  SelectObjectContent: inPath('POST', {
    query: () => [
      ['select', ''],
      ['select-type', '2'],
    ],
    body: SELECT,
  }),
  RestoreObject: inPath('POST', {
    ...parameter('restore'),
    body: '<RestoreRequest><Days>1</Days></RestoreRequest>',
  }),
};

/** A header's value as bytes; undefined for one that no HTTP client sends. */
function headerValue(text: string): string | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what can't be sent
  return /[\u0000-\u001f]/.test(text) ? undefined : Buffer.from(text).toString('latin1');
}

const xmlText = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
const asReferences = (text: string) =>
  [...text].map((character) => `&#x${(character.codePointAt(0) ?? 0).toString(16)};`).join('');

function deleteObjects(rest: string): NamedOperation {
  return ({ send, bucket }, name) =>
    Promise.all(
      [xmlText(name), asReferences(name)].map((spelled) =>
        send({
          method: 'POST',
          path: `/${bucket}`,
          query: [['delete', '']],
          body: `<Delete><Object><Key>${spelled}</Key>${rest}</Object></Delete>`,
        }),
      ),
    );
}

/** The name of a copy's source, below the bucket, as it is and encoded. */
function copySource(way: Way, name: string, call: Pick<RawCall, 'path' | 'query'>): Promise<RawAnswer[]> {
  const path = `/${way.bucket}/${name}`;
  const encoded = Object.values(SENT).map((sent) => sent(encodePath(path)));
  const sources = [path, path.slice(1), ...encoded].map(headerValue).filter((value) => value !== undefined);
  return Promise.all(
    sources.map((source) => way.send({ method: 'PUT', ...call, headers: { 'x-amz-copy-source': source } })),
  );
}

/** An upload as a browser's form sends it, signed by its policy. */
async function formUpload(
  { client, send, bucket }: Way,
  fields: Readonly<Record<string, string>>,
): Promise<RawAnswer> {
  const policy = client.newPostPolicy();
  policy.setBucket(bucket);
  policy.setKeyStartsWith('');
  policy.setExpires(new Date(Date.now() + 600_000));
  policy.policy.conditions.push(
    ...Object.keys(fields)
      .filter((name) => name.startsWith('x-minio'))
      .map((name) => ['starts-with', `$${name}`, '']),
  );
  const { formData } = await client.presignedPostPolicy(policy);
  const boundary = 'boundary-of-the-form';
  const field = (name: string, value: string) =>
    `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
  const body = [
    ...Object.entries({ ...formData, ...fields }).map(([name, value]) => field(name, String(value))),
    `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nchanged\r\n--${boundary}--\r\n`,
  ].join('');
  return send({
    method: 'POST',
    path: `/${bucket}`,
    signed: false,
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
    body,
  });
}

const SNOWBALL = { 'x-amz-meta-snowball-auto-extract': 'true' };

/** Operations whose request names an object in its body, a header or its query. */
export const ELSEWHERE: Readonly<Record<string, NamedOperation>> = {
  DeleteObjects: deleteObjects(''),
  'DeleteObjects, a version': deleteObjects('<VersionId>null</VersionId>'),
  'CopyObject, its source': (way, name) =>
    copySource(way, name, { path: `/${way.bucket}/${way.folder}copied` }),
  'UploadPartCopy, its source': (way, name) =>
    copySource(way, name, { path: `/${way.bucket}/${way.own.name}`, query: part(way) }),
  'PutObject, an archive that is unpacked': async ({ send, bucket, folder }, name) => [
    await send({
      method: 'PUT',
      path: `/${bucket}/${folder}a.tar`,
      headers: SNOWBALL,
      body: tarOf([{ name: name.slice(0, 99), text: 'changed' }]),
    }),
    await send({
      method: 'PUT',
      path: `/${bucket}/${folder}a.tar`,
      headers: { ...SNOWBALL, 'x-amz-meta-minio-snowball-prefix': folder || 'x' },
      body: tarOf([{ name: name.slice(folder.length), text: 'changed' }]),
    }),
  ],
  'PutObject of an archive that is unpacked': async ({ send, bucket, folder }, name) => {
    const below = headerValue(name.slice(0, name.lastIndexOf('/') + 1));
    if (below === undefined) return [];
    const headers = { ...SNOWBALL, 'x-amz-meta-minio-snowball-prefix': below };
    const body = tarOf([{ name: name.slice(name.lastIndexOf('/') + 1), text: 'changed' }]);
    return [await send({ method: 'PUT', path: `/${bucket}/${folder}a.tar`, headers, body })];
  },
  'PostObject, a form': async (way, name) => [
    await formUpload(way, { key: name }),
    // The name of the file in the form takes the place of `${filename}`.
    await formUpload(way, { key: `${way.folder}\${filename}/../${name.slice(way.folder.length)}` }),
  ],
  'PostObject, a form to many names': async (way, name) => [
    await formUpload(way, {
      key: `${way.folder}many`,
      'x-minio-fanout-list': JSON.stringify({ key: name }),
    }),
  ],
  'ListObjects, its prefix': ({ send, bucket, folder }, name) =>
    Promise.all(
      [
        [['prefix', name]],
        [
          ['list-type', '2'],
          ['prefix', name],
          ['fetch-owner', 'true'],
        ],
        [
          ['versions', ''],
          ['prefix', name],
        ],
        [
          ['list-type', '2'],
          ['prefix', folder],
          ['start-after', name],
        ],
        [
          ['prefix', folder],
          ['marker', name],
        ],
        [
          ['list-type', '2'],
          ['prefix', folder],
          ['continuation-token', Buffer.from(name).toString('base64')],
        ],
        [
          ['uploads', ''],
          ['prefix', name],
        ],
      ].map((query) => send({ method: 'GET', path: `/${bucket}`, query: query as unknown as Query })),
    ),
};
