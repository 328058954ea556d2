/** `check` says of a manifest what the real API server says of it, and what a terminal, CI and exit codes need. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { parseManifests } from '../../../src/cli/offline/manifests.ts';
import { review } from '../../../src/cli/offline/review.ts';
import {
  createKey,
  createObjectStore,
  createStore,
  type Json,
  photos,
  store,
} from '../../integration/support/admission.ts';
import { fixtures } from '../../integration/support/fixtures.ts';
import { installPlugin, type Plugin } from './plugin.ts';

const { bed, end } = await fixtures('cli-check');
let plugin: Plugin;

beforeAll(async () => {
  plugin = await installPlugin(bed);
});
afterAll(end);

const API = 'accesskeys.dev/v1alpha1';
const REQUEST = {
  AccessKey: createKey,
  ClusterObjectStore: createStore,
  ObjectStore: createObjectStore,
} as const;
type Kind = keyof typeof REQUEST;

/** Returns the errors of the schema and the rules, without those of grants. */
function errorsOf(kind: Kind, spec: Json): string[] {
  const text = stringify({ apiVersion: API, kind, metadata: { name: 'probe' }, spec });
  const { manifests, unreadable } = parseManifests('probe.yaml', text);
  return review({ manifests, stores: [], unreadable, namespace: 'default' })
    .filter(({ level }) => level === 'error')
    .map(({ rule, message }) => `${rule}: ${message}`);
}

const bucket = (more: Json): Json => ({ limited: true, bucketAccess: [{ ...photos, ...more }] });
const template = (more: Json): Json => ({ ...bucket({}), secretTemplate: more });
const grant = (more: Json): Json => ({
  ...store,
  grants: [{ namespaces: { all: true }, buckets: ['*'], ...more }],
});
const { grants: _, credentialsRef: __, ...own } = store;

describe('check and the API server say the same of', () => {
  test.each<[string, Kind, Json]>([
    ['a key that says nothing', 'AccessKey', {}],
    [
      'a key with everything',
      'AccessKey',
      { ...bucket({ prefixes: ['a/'] }), label: 'Ü 📷', rotation: { interval: '2h', gracePeriod: '1h' } },
    ],
    ['an unknown field', 'AccessKey', { limitd: true }],
    ['an unknown field within', 'AccessKey', bucket({ prefix: 'a/' })],
    ['a number for a text', 'AccessKey', { label: 7 }],
    ['a text for a number', 'AccessKey', { keyGeneration: '2' }],
    ['a fraction', 'AccessKey', { keyGeneration: 1.5 }],
    ['a number that is too large', 'AccessKey', { keyGeneration: 2_147_483_648 }],
    ['a label that is too long', 'AccessKey', { label: 'é'.repeat(129) }],
    ['a label with a line break', 'AccessKey', { label: 'a\nb' }],
    ['a label with a line separator', 'AccessKey', { label: 'a\u2028b' }],
    ['entries beside limited: false', 'AccessKey', { limited: false, bucketAccess: [photos] }],
    ['an empty list and no limited', 'AccessKey', { bucketAccess: [] }],
    ['a bucket twice', 'AccessKey', { limited: true, bucketAccess: [photos, photos] }],
    ['a bucket with a wildcard', 'AccessKey', bucket({ bucketName: 'photos*' })],
    ['a bucket like an address', 'AccessKey', bucket({ bucketName: '10.0.0.1' })],
    ["the store's own bucket", 'AccessKey', bucket({ bucketName: 'minio' })],
    ['another permission', 'AccessKey', bucket({ permissions: 'write' })],
    ['no permission', 'AccessKey', { limited: true, bucketAccess: [{ bucketName: 'photos' }] }],
    ['a prefix without its end', 'AccessKey', bucket({ prefixes: ['a'] })],
    ['a prefix that climbs', 'AccessKey', bucket({ prefixes: ['a/../b/'] })],
    ['a prefix twice', 'AccessKey', bucket({ prefixes: ['a/', 'a/'] })],
    ['no prefixes', 'AccessKey', bucket({ prefixes: [] })],
    [
      '101 buckets',
      'AccessKey',
      { bucketAccess: Array.from({ length: 101 }, (_, n) => ({ ...photos, bucketName: `b-${n}` })) },
    ],
    ['an interval that is too short', 'AccessKey', { rotation: { interval: '59m' } }],
    ['an interval within its grace', 'AccessKey', { rotation: { interval: '12h' } }],
    ['a duration in days', 'AccessKey', { rotation: { interval: '30d' } }],
    ['a grace that is too long', 'AccessKey', { rotation: { gracePeriod: '169h' } }],
    ['a time that is none', 'AccessKey', { expiresAt: 'tomorrow' }],
    ['a time without its zone', 'AccessKey', { expiresAt: '2027-01-01T00:00:00' }],
    ['a Secret that imports itself', 'AccessKey', { importFrom: { secretName: 'probe' } }],
    ['a template of one of the four keys', 'AccessKey', template({ data: { AWS_REGION: 'x' } })],
    ['a template with an unknown value', 'AccessKey', template({ data: { A: '{{ .nothing }}' } })],
    [
      'a template that a format writes too',
      'AccessKey',
      template({ formats: ['rclone'], data: { 'rclone.conf': 'x' } }),
    ],
    ['a label of somebody else', 'AccessKey', template({ labels: { 'argocd.argoproj.io/instance': 'x' } })],
    ['a store', 'ClusterObjectStore', store],
    ['a store without grants', 'ClusterObjectStore', { ...own, credentialsRef: store.credentialsRef }],
    ['a store on http', 'ClusterObjectStore', { ...store, endpoint: 'http://minio:9000' }],
    [
      'a store on http that is meant',
      'ClusterObjectStore',
      { ...store, endpoint: 'http://minio:9000', allowInsecure: true },
    ],
    ['an endpoint with a path', 'ClusterObjectStore', { ...store, endpoint: 'https://minio:9000/s3' }],
    ['a port that there is not', 'ClusterObjectStore', { ...store, endpoint: 'https://minio:99999' }],
    ['an IPv6 endpoint', 'ClusterObjectStore', { ...store, endpoint: 'https://[::1]:9000' }],
    [
      'two ways to a CA',
      'ClusterObjectStore',
      {
        ...store,
        caBundle: '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----',
        caBundleRef: { namespace: 'a', name: 'b' },
      },
    ],
    [
      'a private key in a CA',
      'ClusterObjectStore',
      {
        ...store,
        caBundle: '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----',
      },
    ],
    ['a grant to nobody', 'ClusterObjectStore', grant({ namespaces: {} })],
    ['a grant in two ways', 'ClusterObjectStore', grant({ namespaces: { all: true, names: ['a'] } })],
    ['a grant that reaches into others', 'ClusterObjectStore', grant({ buckets: ['{namespace}-*'] })],
    ['an age that is too short', 'ClusterObjectStore', grant({ maxAge: '1h' })],
    [
      'an extra action that there is not',
      'ClusterObjectStore',
      { ...store, extraActions: { read_only: ['PutBucketPolicy'] } },
    ],
    ['an ObjectStore', 'ObjectStore', { ...own, credentialsRef: { name: 'a' } }],
    ['an ObjectStore with grants', 'ObjectStore', { ...own, credentialsRef: { name: 'a' }, grants: [] }],
  ])('%s', async (_what, kind, spec) => {
    const { status, message } = await REQUEST[kind](spec);
    const found = errorsOf(kind, spec);
    expect({ refused: found.length > 0, found, message }).toMatchObject({ refused: status !== 200 });
    // The API server's own sentence, if a rule says it.
    for (const finding of found.filter((one) => one.startsWith('rule: ')))
      expect(message.replaceAll(/\s+/g, ' ')).toContain(finding.slice('rule: '.length));
  });
});

describe('kubectl accesskey check', () => {
  let folder = '';
  const manifest = (name: string, spec: Json) =>
    stringify({ apiVersion: API, kind: 'AccessKey', metadata: { name, namespace: 'shop' }, spec });

  beforeAll(async () => {
    folder = join(bed.folder, `check-${process.pid}`);
    await mkdir(join(folder, 'keys', 'nested'), { recursive: true });
    await writeFile(join(folder, 'keys', 'good.yaml'), manifest('good', bucket({})));
    await writeFile(
      join(folder, 'keys', 'nested', 'bad.yaml'),
      `# two\n${manifest('good-too', {})}---\n${manifest('bad', bucket({ bucketName: 'payroll' }))}`,
    );
    await writeFile(
      join(folder, 'keys', 'other.yaml'),
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n',
    );
    const grants = [{ namespaces: { names: ['shop'] }, buckets: ['photos'], unrestricted: true }];
    await writeFile(
      join(folder, 'store.yaml'),
      stringify({
        apiVersion: API,
        kind: 'ClusterObjectStore',
        metadata: { name: 'default' },
        spec: { ...store, grants },
      }),
    );
  });

  const run = (...args: string[]) => plugin.run(args, { cwd: folder, env: { KUBECONFIG: '/nowhere' } });

  test('finds what the store does not grant, at its line, without a cluster', async () => {
    const { code, stdout, stderr } = await run('check', '-f', 'keys', '--store', 'store.yaml');
    expect(stdout).toBe(
      'keys/nested/bad.yaml:14:1: error: AccessKey shop/bad spec: ClusterObjectStore default does not grant namespace shop ' +
        'read_write on bucket payroll; it grants unrestricted access, read_write on photos [grant]\n',
    );
    expect(stderr).toBe('3 objects checked: 1 error\n');
    expect(code).toBe(3);
  });

  test('says nothing of what is right', async () => {
    const { code, stdout, stderr } = await run('check', '-f', 'keys/good.yaml', '--store', 'store.yaml');
    expect([code, stdout, stderr]).toEqual([0, '', '1 object checked: nothing is wrong\n']);
  });

  test('reads what another program writes into its stdin', async () => {
    const input = manifest('piped', { limitd: true });
    const ran = await plugin.run(['check', '-f', '-', '-o', 'json'], { input });
    expect(JSON.parse(ran.stdout)).toMatchObject([
      { rule: 'schema', field: 'spec.limitd', place: { file: '-' } },
    ]);
    expect(ran.code).toBe(3);
  });

  test('prints SARIF', async () => {
    const { stdout } = await run('check', '-f', 'keys', '--store', 'store.yaml', '-o', 'sarif');
    expect(JSON.parse(stdout)).toMatchObject({
      version: '2.1.0',
      runs: [{ results: [{ ruleId: 'grant' }] }],
    });
  });

  test('refuses an unknown path, and no path', async () => {
    expect(await run('check', '-f', 'nowhere')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('there is no file or folder nowhere'),
    });
    expect(await run('check')).toMatchObject({ code: 2 });
  });

  test('kubectl accesskey policy prints what a manifest would get, by files alone', async () => {
    const { stdout } = await run('policy', '-f', 'keys/good.yaml', '--store', 'store.yaml');
    const { ID, Statement } = JSON.parse(stdout);
    expect(ID).toBe('accesskeys.dev/v1 CLUSTER-UID ACCESSKEY-UID - good');
    expect(Statement.map(({ Sid }: { Sid: string }) => Sid)).toContain('WriteObjects');
    const refused = await run('policy', '-f', 'keys', '--store', 'store.yaml');
    expect([refused.code, refused.stderr]).toEqual([
      3,
      expect.stringContaining('read_write on bucket payroll'),
    ]);
  });
});
