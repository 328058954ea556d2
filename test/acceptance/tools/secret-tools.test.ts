/**
 * Each format by the tool that it is for: the tool has nothing but the Secret, as a pod would have it mounted or in its
 * environment, and reads and writes in the store. Velero, CloudNativePG and COSI's own programs aren't run; what they
 * take from the Secret is given to the SDK by which they use it.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, expect, type TestContext, test } from 'vitest';
import { FORMATS } from '../../../src/api/secret-keys.ts';
import { fixtures, makeBucket, ready, s3Client, secretOf } from '../../integration/support/fixtures.ts';
import { debianTool, mcTool, pythonTool, runTool, type Tool } from '../../integration/support/tools.ts';

const shaped = await fixtures('tools');
const { bed } = shaped;
/** Long enough for the first install of a tool. */
const TIMEOUT_MS = 600_000;
const TEXT = 'written by a tool\n';

let folder = '';
/** A tool's home, new for each test. */
let home = '';
let bucket = '';
/** The Secret's data as text. */
let data: Readonly<Record<string, string>> = {};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'accesskeys-tools-'));
  const store = await shaped.store();
  bucket = await makeBucket(store, 'tools');
  await shaped.operator();
  const ref = await shaped.accessKey(await shaped.namespace(), store, {
    label: 'Tools',
    limited: true,
    bucketAccess: [{ bucketName: bucket, permissions: 'read_write' }],
    secretTemplate: {
      formats: FORMATS.filter((format) => format !== 'ca'),
      data: { RESTIC_REPOSITORY: 's3:{{ .endpoint }}/{{ .bucket }}' },
    },
  });
  await ready(bed, ref);
  const secret = await bed.api.get(secretOf(ref));
  data = Object.fromEntries(
    Object.entries(secret?.data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]),
  );
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await shaped.end();
});

beforeEach(async () => {
  home = await mkdtemp(join(folder, 'home-'));
  await writeFile(join(home, 'text'), TEXT);
});

/** The whole Secret as a volume, at a place of the tool's home. */
async function mounted(...path: string[]): Promise<string> {
  const mount = join(home, ...path);
  await mkdir(mount, { recursive: true });
  for (const [key, value] of Object.entries(data)) await writeFile(join(mount, key), value, { mode: 0o400 });
  return mount;
}

/** `envFrom` with the Secret: each key that can be the name of a variable. */
function fromSecret(...only: string[]): Record<string, string> {
  const names = Object.entries(data).filter(([key]) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(key));
  return Object.fromEntries(names.filter(([key]) => only.length === 0 || only.includes(key)));
}

/** Runs the tool; if it isn't installed, skips the test with the reason. */
async function using(context: TestContext, finding: Promise<Tool>) {
  const tool = await finding;
  if ('missing' in tool) {
    console.log(`skipped: ${context.task.name}: ${tool.missing}`);
    return context.skip(tool.missing);
  }
  const secret = data['AWS_SECRET_ACCESS_KEY'] ?? '';
  return (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    runTool(tool, args, { home, env, secret });
}

/** Returns the store's object of that name, as its root user sees it. */
async function stored(name: string): Promise<string> {
  const { rootUser: accessKeyId, rootPassword: secretAccessKey } = bed.minio;
  const body: Readable = await s3Client(bed.minio, { accessKeyId, secretAccessKey }).getObject(bucket, name);
  return text(body);
}

test('aws-credentials-file: aws, mounted at ~/.aws', { timeout: TIMEOUT_MS }, async (context) => {
  const aws = await using(context, pythonTool('awscli'));
  await mounted('.aws');
  await aws(['s3', 'cp', 'text', `s3://${bucket}/aws`]);
  expect(await stored('aws')).toBe(TEXT);
  expect(await aws(['s3', 'cp', `s3://${bucket}/hello`, '-'])).toBe('hello');
});

test('the four keys of every Secret: aws, by envFrom', { timeout: TIMEOUT_MS }, async (context) => {
  const aws = await using(context, pythonTool('awscli'));
  const env = fromSecret('AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_ENDPOINT_URL_S3', 'AWS_REGION');
  await aws(['s3', 'cp', 'text', `s3://${bucket}/aws-env`], env);
  expect(await stored('aws-env')).toBe(TEXT);
  expect(await aws(['s3', 'cp', `s3://${bucket}/hello`, '-'], env)).toBe('hello');
});

const BOTO = `
import boto3, os, sys
bucket, name, endpoint = sys.argv[1:]
s3 = boto3.client('s3', **({'endpoint_url': endpoint} if endpoint else {}))
s3.put_object(Bucket=bucket, Key=name, Body=open('text', 'rb'))
print(s3.get_object(Bucket=bucket, Key='hello')['Body'].read().decode(), end='')
`;

test('aws-credentials-file: boto3, mounted at ~/.aws', { timeout: TIMEOUT_MS }, async (context) => {
  const python = await using(context, pythonTool());
  await mounted('.aws');
  expect(await python(['-c', BOTO, bucket, 'boto3', ''])).toBe('hello');
  expect(await stored('boto3')).toBe(TEXT);
});

test('velero: its credentials file, as an AWS SDK reads it', { timeout: TIMEOUT_MS }, async (context) => {
  const python = await using(context, pythonTool());
  const env = { AWS_SHARED_CREDENTIALS_FILE: join(await mounted('credentials'), 'cloud') };
  // The endpoint is in Velero's BackupStorageLocation.
  expect(await python(['-c', BOTO, bucket, 'velero', bed.minio.endpoint], env)).toBe('hello');
  expect(await stored('velero')).toBe(TEXT);
});

test('cnpg: its two keys, as barman-cloud gets them', { timeout: TIMEOUT_MS }, async (context) => {
  const python = await using(context, pythonTool());
  const { ACCESS_KEY_ID = '', ACCESS_SECRET_KEY = '' } = fromSecret('ACCESS_KEY_ID', 'ACCESS_SECRET_KEY');
  const env = { AWS_ACCESS_KEY_ID: ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY: ACCESS_SECRET_KEY };
  // The endpoint is in the Cluster's or ObjectStore's endpointURL.
  expect(await python(['-c', BOTO, bucket, 'cnpg', bed.minio.endpoint], env)).toBe('hello');
  expect(await stored('cnpg')).toBe(TEXT);
});

test('rclone: mounted at ~/.config/rclone', { timeout: TIMEOUT_MS }, async (context) => {
  const rclone = await using(context, debianTool('rclone'));
  await mounted('.config', 'rclone');
  await rclone(['copyto', 'text', `s3:${bucket}/rclone`]);
  expect(await stored('rclone')).toBe(TEXT);
  expect(await rclone(['cat', `s3:${bucket}/hello`])).toBe('hello');
});

test('s3cfg: s3cmd', { timeout: TIMEOUT_MS }, async (context) => {
  const s3cmd = await using(context, debianTool('s3cmd'));
  const config = join(await mounted('secret'), '.s3cfg');
  await s3cmd(['-c', config, '--quiet', 'put', 'text', `s3://${bucket}/s3cmd`]);
  expect(await stored('s3cmd')).toBe(TEXT);
  expect(await s3cmd(['-c', config, '--quiet', 'get', `s3://${bucket}/hello`, '-'])).toBe('hello');
});

test('mc-host: mc, by envFrom', { timeout: TIMEOUT_MS }, async (context) => {
  const mc = await using(context, mcTool());
  const env = fromSecret('MC_HOST_s3');
  await mc(['--quiet', 'cp', 'text', `s3/${bucket}/mc`], env);
  expect(await stored('mc')).toBe(TEXT);
  expect(await mc(['cat', `s3/${bucket}/hello`], env)).toBe('hello');
});

test('a data template: restic, by envFrom', { timeout: TIMEOUT_MS }, async (context) => {
  const restic = await using(context, debianTool('restic'));
  const env = { ...fromSecret(), RESTIC_PASSWORD: 'of the backup, not of the store' };
  await restic(['init'], env);
  await restic(['backup', 'text'], env);
  expect(await stored('config')).not.toBe('');
  expect(await restic(['dump', 'latest', '/text'], env)).toBe(TEXT);
});

test('cosi-bucket-info: an S3 client with what it says, and nothing else', async () => {
  const { bucketName, secretS3 } = JSON.parse(data['BucketInfo'] ?? '').spec;
  const { endpoint, region, accessKeyID: accessKeyId, accessSecretKey: secretAccessKey } = secretS3;
  const client = s3Client({ endpoint }, { accessKeyId, secretAccessKey });
  await client.putObject(bucketName, 'cosi', TEXT);
  expect(await stored('cosi')).toBe(TEXT);
  expect(await text(await client.getObject(bucketName, 'hello'))).toBe('hello');
  expect(region).toBe('us-east-1');
});

test('cosi-env: an S3 client with its variables, and nothing else', async () => {
  const variables = Object.fromEntries(Object.entries(data).filter(([key]) => key.startsWith('COSI_')));
  const { COSI_S3_ENDPOINT: endpoint = '', COSI_S3_BUCKET_ID: id = '', ...rest } = variables;
  const { COSI_S3_ACCESS_KEY_ID: accessKeyId = '', COSI_S3_ACCESS_SECRET_KEY: secretAccessKey = '' } = rest;
  await s3Client({ endpoint }, { accessKeyId, secretAccessKey }).putObject(id, 'cosi-env', TEXT);
  expect(await stored('cosi-env')).toBe(TEXT);
  expect(rest).toMatchObject({
    COSI_PROTOCOL: 'S3',
    COSI_S3_REGION: 'us-east-1',
    COSI_S3_ADDRESSING_STYLE: 'path',
  });
  expect(rest).not.toHaveProperty('COSI_CERTIFICATE_AUTHORITY');
});
