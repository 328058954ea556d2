/** Tools that reach a store of a private CA with nothing but the Secret, mounted as the format `ca` and `caFile` have it. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, type TestContext, test } from 'vitest';
import { fixtures, ready, secretOf } from '../../integration/support/fixtures.ts';
import { debianTool, pythonTool, runTool, type Tool } from '../../integration/support/tools.ts';

const own = await fixtures('tools-ca');
const { bed } = own;
const minio = await bed.startMinio({ tls: true });
/** Long enough for the first install of a tool. */
const TIMEOUT_MS = 600_000;

/** The Secret as a volume. */
let mount = '';
const bucket = 'tools-ca';
let secret = '';

beforeAll(async () => {
  mount = await mkdtemp(join(tmpdir(), 'accesskeys-ca-'));
  const caFile = join(mount, 'ca.crt');
  const store = await own.store({ minio });
  await own.operator();
  const ref = await own.accessKey(await own.namespace(), store, {
    limited: true,
    bucketAccess: [{ bucketName: bucket, permissions: 'read_write', create: true }],
    secretTemplate: {
      formats: ['aws-credentials-file', 'rclone', 's3cfg', 'ca'],
      caFile,
      data: { RCLONE_CA_CERT: caFile },
    },
  });
  await ready(bed, ref);
  await writeFile(join(mount, 'text'), 'hello');
  const { data = {} } = (await bed.api.get(secretOf(ref))) ?? {};
  for (const [key, value] of Object.entries(data)) {
    await writeFile(join(mount, key), Buffer.from(value, 'base64'), { mode: 0o400 });
  }
  secret = Buffer.from(data['AWS_SECRET_ACCESS_KEY'] ?? '', 'base64').toString();
});

afterAll(async () => {
  await rm(mount, { recursive: true, force: true });
  await own.end();
  await minio.stop();
});

/** Has the tool write an object and read it; then takes the certificates away, and the tool trusts nobody. */
async function expectTrust(
  context: TestContext,
  finding: Promise<Tool>,
  put: readonly string[],
  get: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<void> {
  const tool = await finding;
  if ('missing' in tool) {
    console.log(`skipped: ${context.task.name}: ${tool.missing}`);
    return context.skip(tool.missing);
  }
  const options = { home: mount, env, secret };
  await runTool(tool, put, options);
  expect(await runTool(tool, get, options)).toBe('hello');
  await rm(join(mount, 'ca.crt'));
  try {
    await expect(runTool(tool, get, options)).rejects.toThrow(/certificate|ca\.crt|CA bundle|No such file/i);
  } finally {
    await writeFile(join(mount, 'ca.crt'), minio.caPem ?? '');
  }
}

const AWS = [
  ['s3', 'cp', 'text', `s3://${bucket}/aws`],
  ['s3', 'cp', `s3://${bucket}/aws`, '-'],
] as const;

test('aws finds the CA by its config', { timeout: TIMEOUT_MS }, async (context) => {
  const env = {
    AWS_SHARED_CREDENTIALS_FILE: join(mount, 'credentials'),
    AWS_CONFIG_FILE: join(mount, 'config'),
  };
  await expectTrust(context, pythonTool('awscli'), ...AWS, env);
});

test('aws finds the CA by AWS_CA_BUNDLE', { timeout: TIMEOUT_MS }, async (context) => {
  const env = {
    AWS_SHARED_CREDENTIALS_FILE: join(mount, 'credentials'),
    AWS_ENDPOINT_URL_S3: minio.endpoint,
    AWS_CA_BUNDLE: join(mount, 'ca.crt'),
  };
  await expectTrust(context, pythonTool('awscli'), ...AWS, env);
});

test('s3cmd finds the CA by its configuration', { timeout: TIMEOUT_MS }, async (context) => {
  const s3cmd = ['-c', join(mount, '.s3cfg'), '--quiet'];
  const object = `s3://${bucket}/s3cmd`;
  await expectTrust(
    context,
    debianTool('s3cmd'),
    [...s3cmd, 'put', 'text', object],
    [...s3cmd, 'get', object, '-'],
    {},
  );
});

test('rclone finds the CA by a variable that the template writes', {
  timeout: TIMEOUT_MS,
}, async (context) => {
  const env = { RCLONE_CONFIG: join(mount, 'rclone.conf'), RCLONE_CA_CERT: join(mount, 'ca.crt') };
  const object = `s3:${bucket}/rclone`;
  await expectTrust(context, debianTool('rclone'), ['copyto', 'text', object], ['cat', object], env);
});
