/** The rights that end with a key and those that stay, sessions included, on the real MinIO. */
import { once } from 'node:events';
import { request } from 'node:http';
import { Client } from 'minio';
import { AssumeRoleProvider } from 'minio/dist/esm/AssumeRoleProvider.mjs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { MinioStore } from '../../../src/provider/minio/admin.ts';
import { createSigner } from '../../../src/provider/minio/signing.ts';
import type { Pair } from '../../../src/provider/provider.ts';
import { MINIO_KIND } from '../../conformance/stores.ts';
import { type Issuing, startIssuing } from '../../permissions/issuing.ts';
import { accessOf, GRANTED } from '../../permissions/levels.ts';
import { s3Outcome } from '../support/fixtures.ts';

const REFUSED = 'AccessDenied';
const TEXT = 'hello';

let given: Issuing<MinioStore>;
beforeAll(async () => {
  given = await startIssuing('revocation', MINIO_KIND);
});
afterAll(async () => {
  await given?.end();
});

/** A session, which MinIO gives to every user: its policy language can't deny that. */
async function session({ accessKeyId, secretAccessKey }: Pair): Promise<{ pair: Pair; client: Client }> {
  const { endpoint } = given;
  const provider = new AssumeRoleProvider({
    stsEndpoint: endpoint,
    accessKey: accessKeyId,
    secretKey: secretAccessKey,
  });
  const credentials = await provider.getCredentials();
  const pair = {
    accessKeyId: credentials.getAccessKey(),
    secretAccessKey: credentials.getSecretKey(),
  };
  const { hostname, port } = new URL(endpoint);
  const client = new Client({
    endPoint: hostname,
    port: Number(port),
    useSSL: false,
    accessKey: pair.accessKeyId,
    secretKey: pair.secretAccessKey,
    sessionToken: credentials.getSessionToken() ?? '',
    region: 'us-east-1',
    retryOptions: { disableRetry: true },
  });
  return { pair, client };
}

test('a session of a key has the limits of the key, and ends with it', async () => {
  const issued = await given.issue(accessOf('readOnly'));
  const { client } = await session(issued.pair);
  const { bucket, object, newName } = given.target('readOnly');
  const { name } = await object();
  const read = (as: Client) => s3Outcome(as.statObject(bucket, name));
  expect(await read(client)).toBe('ok');
  expect(await s3Outcome(client.putObject(bucket, newName(), TEXT))).toBe(REFUSED);
  const other = given.target('none');
  expect(await s3Outcome(client.statObject(other.bucket, (await other.object()).name))).toBe(REFUSED);
  await given.revoke(issued);
  expect(await read(client)).toBe(REFUSED);
  await expect(session(issued.pair)).rejects.toThrow();
});

test('an edit of the permissions is in force for sessions and presigned URLs that are there already', async () => {
  const issued = await given.issue(accessOf('readOnly'));
  const { client } = await session(issued.pair);
  const { bucket, object } = given.target('readOnly');
  const { name } = await object();
  const url = await issued.caller.client.presignedGetObject(bucket, name);
  expect((await fetch(url)).status).toBe(200);
  await given.edit(issued, { limited: true, bucketAccess: [] });
  expect((await fetch(url)).status).toBe(403);
  expect(await s3Outcome(client.statObject(bucket, name))).toBe(REFUSED);
});

describe('a revoked key', () => {
  test('loses its pair, presigned URLs and begun uploads', async () => {
    const issued = await given.issue(accessOf('readWrite'));
    const { bucket, object, upload } = given.target('readWrite');
    const { client } = issued.caller;
    const { name } = await object();
    const url = await client.presignedGetObject(bucket, name);
    const { uploadId, name: uploaded, etag } = await upload();
    expect((await fetch(url)).status).toBe(200);
    await given.revoke(issued);
    expect(await s3Outcome(client.listObjectsV2(bucket, '', true).toArray())).toBe('InvalidAccessKeyId');
    expect((await fetch(url)).status).toBe(403);
    const completed = client.completeMultipartUpload(bucket, uploaded, uploadId, [{ part: 1, etag }]);
    expect(await s3Outcome(completed)).toBe('InvalidAccessKeyId');
  });

  test('lets a request that the store had taken before run to its end', async () => {
    const issued = await given.issue(accessOf('readWrite'));
    const { bucket, newName } = given.target('readWrite');
    const name = newName();
    const path = `/${bucket}/${name}`;
    const body = Buffer.from(TEXT);
    const { host, hostname, port } = new URL(given.endpoint);
    const signed = createSigner(issued.pair, 'us-east-1')(
      { method: 'PUT', host, path, query: [], body },
      Date.now(),
    );
    const headers = { ...signed, 'content-length': body.length, expect: '100-continue' };
    const put = request({ hostname, port, method: 'PUT', path, headers });
    put.flushHeaders();
    // The server asks for the body once it has let the request in.
    await once(put, 'continue');
    await given.revoke(issued);
    put.end(body);
    const [answer] = await once(put, 'response');
    answer.resume();
    expect(answer.statusCode).toBe(200);
    expect((await given.root.statObject(bucket, name)).size).toBe(body.length);
  });

  test('leaves what it set on buckets: a public policy, a lifecycle rule', async () => {
    const issued = await given.issue(accessOf('unrestricted'));
    const { client } = issued.caller;
    const bucket = `${GRANTED}public`;
    await given.root.makeBucket(bucket);
    await client.putObject(bucket, 'a', TEXT);
    const open = () => fetch(`${given.endpoint}/${bucket}/a`).then(({ status }) => status);
    expect(await open()).toBe(403);
    const Statement = [
      {
        Effect: 'Allow',
        Principal: { AWS: ['*'] },
        Action: ['s3:GetObject'],
        Resource: [`arn:aws:s3:::${bucket}/*`],
      },
    ];
    await client.setBucketPolicy(bucket, JSON.stringify({ Version: '2012-10-17', Statement }));
    await client.setBucketLifecycle(bucket, {
      Rule: [{ ID: 'stays', Status: 'Enabled', Filter: { Prefix: '' }, Expiration: { Days: 3650 } }],
    });
    await given.revoke(issued);
    expect(await open()).toBe(200);
    expect(await given.root.getBucketLifecycle(bucket)).toMatchObject({ Rule: { ID: 'stays' } });
  });
});
