/**
 * Real SDKs and tools at a store with a host name, as every cluster has one: with nothing but the Secret, each in the
 * setting that docs/sdks.md names, and those that need one without it. They see host names of the test's own.
 */
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, type TestContext, test } from 'vitest';
import { canMount } from '../../bed/minio.ts';
import {
  fixtures,
  makeBucket,
  ready,
  s3Client,
  secretOf,
  type TestStore,
} from '../../integration/support/fixtures.ts';
import { ownHosts } from '../../integration/support/own-hosts.ts';
import { debianTool, mcTool, pythonTool, runTool, type Tool } from '../../integration/support/tools.ts';
import { SDKS, type Sdk } from './programs.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const sdks = await fixtures('sdks');
const { bed } = sdks;
/** Long enough for the first build of an SDK. */
const TIMEOUT_MS = 1_600_000;
/** The programs' messages about a host name that nobody knows. */
const UNKNOWN = /ENOTFOUND|EAI_AGAIN|no such host|lookup .*: |UnknownHost|dns error|dispatch failure/i;

/** A key of a store with a host name. */
interface KeyAtStore {
  readonly store: TestStore;
  readonly bucket: string;
  readonly data: Readonly<Record<string, string>>;
}

let folder = '';
/** Its store has the buckets in the path alone. */
let plain: KeyAtStore;
/** Its store has them in the host name too, and these names exist. */
let wild: KeyAtStore;
let hosts: Awaited<ReturnType<typeof ownHosts>>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'accesskeys-sdks-'));
  await sdks.operator();
  const minio = await bed.startMinio({ env: { MINIO_DOMAIN: 'wild.test' } });
  const namespace = await sdks.namespace();
  const place = async (host: string, of = bed.minio): Promise<KeyAtStore> => {
    const publicEndpoint = `http://${host}:${new URL(of.endpoint).port}`;
    const store = await sdks.store({ minio: of, spec: { publicEndpoint } });
    const bucket = await makeBucket(store, 'sdks');
    const ref = await sdks.accessKey(namespace, store, {
      limited: true,
      bucketAccess: [{ bucketName: bucket, permissions: 'read_write' }],
      secretTemplate: {
        formats: ['aws-credentials-file', 'rclone', 's3cfg', 'mc-host'],
        data: { RESTIC_REPOSITORY: 's3:{{ .endpoint }}/{{ .bucket }}' },
      },
    });
    await ready(bed, ref);
    const secret = await bed.api.get(secretOf(ref));
    const data = Object.fromEntries(
      Object.entries(secret?.data ?? {}).map(([key, value]) => [
        key,
        Buffer.from(value, 'base64').toString(),
      ]),
    );
    expect(data['AWS_ENDPOINT_URL_S3']).toBe(publicEndpoint);
    return { store, bucket, data };
  };
  [plain, wild] = await Promise.all([place('plain.test'), place('wild.test', minio)]);
  hosts = await ownHosts(folder, ['plain.test', 'wild.test', `${wild.bucket}.wild.test`]);
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await sdks.end();
});

/** Runs a tool that sees the test's host names, in a home of its own; skips the test if it can't be installed. */
async function using(context: TestContext, wanted: Tool | Promise<Tool>) {
  const found = await wanted;
  if ('missing' in found) context.skip(found.missing);
  const { command, env: own } = found as Exclude<Tool, { missing: string }>;
  const tool = { command: [...hosts, ...command] as const, env: own };
  if (!canMount())
    context.skip('this machine lets nobody mount in a namespace, so the test has no host names');
  const home = await mkdtemp(join(folder, 'home-'));
  await writeFile(join(home, 'text'), 'hello');
  return {
    home,
    run: (args: readonly string[], { data }: KeyAtStore, env: Readonly<Record<string, string>> = {}) =>
      runTool(tool, args, { home, env, secret: data['AWS_SECRET_ACCESS_KEY'] ?? '?' }),
  };
}

/** The variables of `envFrom`, of which a name is an environment variable's. */
function envFrom({ data }: KeyAtStore): Record<string, string> {
  return Object.fromEntries(Object.entries(data).filter(([key]) => /^[A-Za-z_][A-Za-z_0-9]*$/.test(key)));
}

async function stored({ store, bucket }: KeyAtStore, key: string): Promise<string> {
  const root = { accessKeyId: store.minio.rootUser, secretAccessKey: store.minio.rootPassword };
  return text((await s3Client(store.minio, root).getObject(bucket, key)) as Readable);
}

/** The line that docs/sdks.md names for an SDK, and the program that has it. */
const LINES: Readonly<Record<Exclude<Sdk, 'boto3'>, readonly [line: string, program: string]>> = {
  javascript: ['new S3Client({ forcePathStyle: true })', 'sdk.mjs'],
  go: ['s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = true })', 'go/main.go'],
  java: ['S3Client.builder().forcePathStyle(true).build()', 'java/src/main/java/Sdk.java'],
  rust: ['Builder::from(&config).force_path_style(true).build()', 'rust/src/main.rs'],
};

describe.each(Object.entries(LINES))('the AWS SDK for %s', (name, [line, program]) => {
  const sdk = SDKS[name as Sdk];

  test('has its line in docs/sdks.md, and in the program that is run here', () => {
    expect(readFileSync(join(ROOT, 'docs', 'sdks.md'), 'utf8')).toContain(`\`${line}\``);
    expect(readFileSync(join(import.meta.dirname, program), 'utf8')).toContain(line);
  });

  test('works at a host name with its line', { timeout: TIMEOUT_MS }, async (context) => {
    const { run } = await using(context, sdk());
    const env = { ...envFrom(plain), PATH_STYLE: '1' };
    expect(await run([plain.bucket, name], plain, env)).toBe('hello\n');
    expect(await stored(plain, name)).toBe('hello');
  });

  test('asks for a host that nobody knows without it', { timeout: TIMEOUT_MS }, async (context) => {
    const { run } = await using(context, sdk());
    await expect(run([plain.bucket, `${name}-not`], plain, envFrom(plain))).rejects.toThrow(UNKNOWN);
  });

  test('works without it if buckets have host names', { timeout: TIMEOUT_MS }, async (context) => {
    const { run } = await using(context, sdk());
    expect(await run([wild.bucket, name], wild, envFrom(wild))).toBe('hello\n');
    expect(await stored(wild, name)).toBe('hello');
  });
});

describe('no line in docs/sdks.md is needed for', () => {
  test('boto3', { timeout: TIMEOUT_MS }, async (context) => {
    const { run } = await using(context, SDKS.boto3());
    expect(await run([plain.bucket, 'boto3'], plain, envFrom(plain))).toBe('hello\n');
    expect(await run([wild.bucket, 'boto3'], wild, { ...envFrom(wild), VIRTUAL_HOST: '1' })).toBe('hello\n');
    expect(await stored(wild, 'boto3')).toBe('hello');
  });

  test('aws, by envFrom and by its files', { timeout: TIMEOUT_MS }, async (context) => {
    const { home, run } = await using(context, pythonTool('awscli'));
    await run(['s3', 'cp', 'text', `s3://${plain.bucket}/aws-env`], plain, envFrom(plain));
    await mkdir(join(home, '.aws'));
    for (const file of ['credentials', 'config'])
      await writeFile(join(home, '.aws', file), plain.data[file] ?? '');
    await run(['s3', 'cp', 'text', `s3://${plain.bucket}/aws-files`], plain);
    expect([await stored(plain, 'aws-env'), await stored(plain, 'aws-files')]).toEqual(['hello', 'hello']);
  });

  test('rclone', { timeout: TIMEOUT_MS }, async (context) => {
    const { home, run } = await using(context, debianTool('rclone'));
    await writeFile(join(home, 'rclone.conf'), plain.data['rclone.conf'] ?? '');
    await run(['--config', 'rclone.conf', 'copyto', 'text', `s3:${plain.bucket}/rclone`], plain);
    expect(await stored(plain, 'rclone')).toBe('hello');
  });

  test('s3cmd', { timeout: TIMEOUT_MS }, async (context) => {
    const { home, run } = await using(context, debianTool('s3cmd'));
    await writeFile(join(home, '.s3cfg'), plain.data['.s3cfg'] ?? '');
    await run(['-c', '.s3cfg', 'put', 'text', `s3://${plain.bucket}/s3cmd`], plain);
    expect(await stored(plain, 's3cmd')).toBe('hello');
  });

  test('mc', { timeout: TIMEOUT_MS }, async (context) => {
    const { run } = await using(context, mcTool());
    await run(['--quiet', 'cp', 'text', `s3/${plain.bucket}/mc`], plain, envFrom(plain));
    expect(await stored(plain, 'mc')).toBe('hello');
  });

  test('restic', { timeout: TIMEOUT_MS }, async (context) => {
    const { run } = await using(context, debianTool('restic'));
    const env = { ...envFrom(plain), RESTIC_PASSWORD: 'of the backup, not of the store' };
    await run(['init'], plain, env);
    await run(['backup', 'text'], plain, env);
    expect(await run(['dump', 'latest', '/text'], plain, env)).toBe('hello');
  });
});
