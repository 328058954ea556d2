/** Every way known by which somebody who may write to a bucket of MinIO's could remove or replace a version in it. */
import type { Client } from 'minio';
import { tarOf } from '../integration/support/tar.ts';
import type { RawAnswer, RawCall } from './raw-call.ts';

/** A version that is there, and somebody who means it harm. */
interface Attack {
  readonly client: Client;
  readonly send: (call: RawCall) => Promise<RawAnswer>;
  readonly bucket: string;
  readonly name: string;
  readonly versionId: string;
  /** Another object there, of the attacker's own. */
  readonly own: string;
}

const REPLICA = { 'x-amz-replication-status': 'REPLICA' };
const SNOWBALL = { 'x-amz-meta-snowball-auto-extract': 'true' };
const BYPASS = { 'x-amz-bypass-governance-retention': 'true' };

type Way = (attack: Attack) => Promise<unknown>;

const onBucket =
  (method: RawCall['method'], parameter: string, body?: string): Way =>
  ({ send, bucket }) =>
    send({ method, path: `/${bucket}`, query: [[parameter, '']], ...(body !== undefined && { body }) });

const onObject =
  (call: Omit<RawCall, 'path' | 'query'>, version: (attack: Attack) => string | undefined): Way =>
  (attack) => {
    const versionId = version(attack);
    const query = versionId === undefined ? [] : ([['versionId', versionId]] as const);
    return attack.send({ path: `/${attack.bucket}/${attack.name}`, query, ...call });
  };

const none = () => undefined;
const named = ({ versionId }: Attack) => versionId;
const nameless = () => 'null';

/** An upload of one part, begun and completed with a version in either request. */
function uploaded(begin: boolean, headers: Readonly<Record<string, string>> = {}): Way {
  return async ({ send, bucket, name, versionId }) => {
    const path = `/${bucket}/${name}`;
    const version = [['versionId', versionId]] as const;
    const begun = await send({
      method: 'POST',
      path,
      query: [['uploads', ''], ...(begin ? version : [])],
      headers,
    });
    const [, uploadId = ''] = /<UploadId>([^<]+)/.exec(begun.body.toString()) ?? [];
    const upload = ['uploadId', uploadId] as const;
    await send({ method: 'PUT', path, query: [['partNumber', '1'], upload], body: 'changed' });
    const parts = await send({ method: 'GET', path, query: [upload] });
    const [, etag = ''] = /<ETag>([^<]+)/.exec(parts.body.toString()) ?? [];
    await send({
      method: 'POST',
      path,
      query: [upload, ...(begin ? [] : version)],
      headers,
      body: `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${etag}</ETag></Part></CompleteMultipartUpload>`,
    });
  };
}

const copied =
  (headers: Readonly<Record<string, string>>, version: (attack: Attack) => string | undefined): Way =>
  (attack) =>
    onObject(
      { method: 'PUT', headers: { 'x-amz-copy-source': `/${attack.bucket}/${attack.own}`, ...headers } },
      version,
    )(attack);

const unpacked =
  (headers: Readonly<Record<string, string>>, file: (attack: Attack) => string): Way =>
  (attack) =>
    attack.send({
      method: 'PUT',
      path: `/${attack.bucket}/${attack.own}.tar`,
      headers: { ...SNOWBALL, ...headers },
      body: tarOf([
        { name: file(attack), text: 'changed', records: { 'minio.versionId': attack.versionId } },
      ]),
    });

const inFolder = ({ name }: Attack) => name.slice(name.indexOf('/') + 1);
const folder = 'x-amz-meta-minio-snowball-prefix';

/** A form as a browser sends it, to a bucket's address that names a version. */
const posted: Way = async ({ client, send, bucket, name, versionId }) => {
  const policy = client.newPostPolicy();
  policy.setBucket(bucket);
  policy.setKey(name);
  policy.setExpires(new Date(Date.now() + 600_000));
  const { formData } = await client.presignedPostPolicy(policy);
  const field = ([key, value]: [string, unknown]) =>
    `--form\r\nContent-Disposition: form-data; name="${key}"\r\n\r\n${value}\r\n`;
  return send({
    method: 'POST',
    path: `/${bucket}`,
    query: [['versionId', versionId]],
    signed: false,
    headers: { 'content-type': 'multipart/form-data; boundary=form' },
    body: `${Object.entries(formData).map(field).join('')}--form\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nchanged\r\n--form--\r\n`,
  });
};

const deletedAmong =
  (version: (attack: Attack) => string): Way =>
  ({ send, bucket, name, ...rest }) =>
    send({
      method: 'POST',
      path: `/${bucket}`,
      query: [['delete', '']],
      headers: BYPASS,
      body: `<Delete><Object><Key>${name}</Key>${version({ send, bucket, name, ...rest })}</Object></Delete>`,
    });

export const WAYS_TO_REPLACE: Readonly<Record<string, Way>> = {
  DeleteObject: onObject({ method: 'DELETE' }, none),
  'DeleteObject of the version': onObject({ method: 'DELETE', headers: BYPASS }, named),
  'DeleteObject with all below': onObject(
    { method: 'DELETE', headers: { 'x-minio-force-delete': 'true' } },
    none,
  ),
  DeleteObjects: deletedAmong(() => ''),
  'DeleteObjects of the version': deletedAmong(({ versionId }) => `<VersionId>${versionId}</VersionId>`),
  PutObject: onObject({ method: 'PUT', body: 'changed' }, none),
  'PutObject onto the version': onObject({ method: 'PUT', body: 'changed' }, named),
  'PutObject onto the version without an id': onObject({ method: 'PUT', body: 'changed' }, nameless),
  'PutObject onto the version as a replica': onObject(
    { method: 'PUT', body: 'changed', headers: REPLICA },
    named,
  ),
  'PutObject in the past': onObject(
    { method: 'PUT', body: 'changed', headers: { 'x-minio-source-mtime': '1970-01-02T00:00:00Z' } },
    none,
  ),
  'an archive that names the version': unpacked({}, ({ name }) => name),
  'an archive below a prefix that names the version': unpacked({ [folder]: 'in' }, inFolder),
  'CopyObject onto the object': copied({}, none),
  'CopyObject onto the version': copied({}, named),
  'CopyObject onto the version as a replica': copied(REPLICA, named),
  'CopyObject of the version onto itself': (attack) =>
    onObject(
      {
        method: 'PUT',
        headers: {
          'x-amz-copy-source': `/${attack.bucket}/${attack.name}?versionId=${attack.versionId}`,
          'x-amz-metadata-directive': 'REPLACE',
        },
      },
      named,
    )(attack),
  'an upload begun with the version': uploaded(true),
  'an upload begun with the version as a replica': uploaded(true, REPLICA),
  'an upload completed with the version': uploaded(false),
  'an upload completed with the version as a replica': uploaded(false, REPLICA),
  'PostObject onto the version': posted,
  PutObjectTagging: onObject(
    {
      method: 'PUT',
      body: '<Tagging><TagSet><Tag><Key>expire</Key><Value>now</Value></Tag></TagSet></Tagging>',
    },
    none,
  ),
  PutBucketLifecycle: onBucket(
    'PUT',
    'lifecycle',
    '<LifecycleConfiguration><Rule><ID>a</ID><Status>Enabled</Status><Filter><Prefix></Prefix></Filter><Expiration><Days>1</Days></Expiration><NoncurrentVersionExpiration><NoncurrentDays>1</NoncurrentDays></NoncurrentVersionExpiration></Rule></LifecycleConfiguration>',
  ),
  PutBucketVersioning: onBucket(
    'PUT',
    'versioning',
    '<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>',
  ),
  DeleteBucket: ({ send, bucket }) => send({ method: 'DELETE', path: `/${bucket}` }),
  'DeleteBucket by force': ({ send, bucket }) =>
    send({ method: 'DELETE', path: `/${bucket}`, headers: { 'x-minio-force-delete': 'true' } }),
  'CreateBucket that resets it': ({ send, bucket }) =>
    send({ method: 'PUT', path: `/${bucket}`, headers: { 'x-minio-force-create': 'true' } }),
};
