import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Client } from 'minio';
import { request } from 'undici';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createIam } from '../../../src/provider/iam/iam.ts';
import { ask } from '../../bed/ask.ts';
import type { Minio } from '../../bed/minio.ts';
import { startOperator } from '../../bed/operator.ts';
import { startProxy } from '../../bed/proxy.ts';
import { connectSupervisor } from '../../bed/supervise.ts';
import { type BedContext, bedContext } from '../support/bed-context.ts';

let context: BedContext;
beforeAll(async () => {
  context = await bedContext();
});
afterAll(() => context.bed.stop());

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** A client with the root user's rights, through the endpoint or a proxy before it. */
function s3({ endpoint, rootUser, rootPassword }: Minio, through = endpoint): Client {
  const { hostname, port } = new URL(through);
  return new Client({
    endPoint: hostname,
    port: Number(port),
    useSSL: false,
    accessKey: rootUser,
    secretKey: rootPassword,
  });
}

const configMap = (namespace: string, name: string, more = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace, ...more },
});

describe('the control plane', () => {
  test('is the pinned version, and has the controllers of Kubernetes at work', async () => {
    const { bed, namespace } = context;
    const version = await bed.api.request<{ gitVersion: string }>('GET', '/version');
    // `npm run test:kubernetes` says which other one it is.
    const expected = process.env['KUBERNETES_VERSION'] ?? expect.stringMatching(/^v1\.37\./);
    expect(version.gitVersion).toEqual(expected);
    const name = await namespace();
    const owner = await bed.api.create(configMap(name, 'owner'));
    const ownerReferences = [
      { apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: owner.metadata.uid ?? '' },
    ];
    const owned = await bed.api.create(configMap(name, 'owned', { ownerReferences }));
    await bed.api.delete(owner);
    await bed.api.waitGone(owned);
    const itself = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
    await bed.api.delete(itself);
    await bed.api.waitGone(itself);
  });

  test('gives a ServiceAccount no rights that nobody bound to it', async () => {
    const { bed, namespace } = context;
    const name = await namespace();
    const path = await bed.kubeconfig({ serviceAccount: { namespace: name, name: 'nobody' } });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const { token } = JSON.parse(readFileSync(path, 'utf8')).users[0].user;
    const headers = { authorization: `Bearer ${token}` };
    const url = `${bed.server}/api/v1/secrets`;
    expect((await ask(url, { ca: bed.caPem, headers: { authorization: 'Bearer x' } })).status).toBe(401);
    const secrets = await ask(url, { ca: bed.caPem, headers });
    expect(secrets.status).toBe(403);
    expect(secrets.text).toContain(`system:serviceaccount:${name}:nobody`);
  });

  test('enforces the permission on owner references', async () => {
    const { bed, namespace } = context;
    const name = await namespace();
    await bed.api.applyYaml(`
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: writer, namespace: ${name}}
rules: [{apiGroups: [""], resources: [configmaps], verbs: [create]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: writer, namespace: ${name}}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: writer}
subjects: [{kind: ServiceAccount, name: writer, namespace: ${name}}]
`);
    const proxy = await startProxy(bed.server, { ca: bed.caPem });
    const serviceAccount = { namespace: name, name: 'writer' };
    const kubeconfig = JSON.parse(
      readFileSync(await bed.kubeconfig({ serviceAccount, server: proxy.url }), 'utf8'),
    );
    const { server } = kubeconfig.clusters[0].cluster;
    const owner = await bed.api.create(configMap(name, 'owner'));
    const create = async (child: string, blockOwnerDeletion: boolean) => {
      const reference = {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        name: 'owner',
        uid: owner.metadata.uid,
        blockOwnerDeletion,
      };
      const { statusCode, body } = await request(`${server}/api/v1/namespaces/${name}/configmaps`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${kubeconfig.users[0].user.token}`,
          'content-type': 'application/json',
        },
        body: JSON.stringify(configMap(name, child, { ownerReferences: [reference] })),
      });
      return { statusCode, text: await body.text() };
    };
    try {
      expect((await create('free', false)).statusCode).toBe(201);
      const refused = await create('blocking', true);
      expect(refused.statusCode).toBe(403);
      expect(refused.text).toContain('cannot set blockOwnerDeletion');
    } finally {
      await proxy.close();
    }
  });

  test('keeps what it holds through a crash of the API server', async () => {
    const { bed, namespace } = context;
    const kept = await bed.api.create(configMap(await namespace(), 'kept'));
    const { pid } = bed.apiserver;
    await bed.apiserver.stop();
    expect(alive(pid)).toBe(false);
    await expect(bed.api.get(kept)).rejects.toThrow();
    await bed.apiserver.start();
    expect((await bed.api.get(kept))?.metadata.uid).toBe(kept.metadata.uid);
  });

  test('lets a wait that fails say what was seen, and nothing of a Secret’s values', async () => {
    const { bed, namespace } = context;
    const metadata = { name: 'hidden', namespace: await namespace() };
    const secret = await bed.api.create({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata,
      stringData: { password: 'pst' },
    });
    const wait = bed.api.waitFor(secret, 'blue', () => undefined, { timeoutMs: 10 });
    await expect(wait).rejects.toThrow(
      /Secret \S+\/hidden: not blue within 10 ms; last seen: [\s\S]*"password"/,
    );
    await expect(wait).rejects.not.toThrow(/pst|cHN0/);
  });
});

describe('MinIO', () => {
  test('takes requests directly and through a proxy, and keeps its data through a stop', async () => {
    const { minio } = context.bed;
    await s3(minio).makeBucket('kept');
    await minio.stop();
    await expect(ask(minio.endpoint)).rejects.toThrow();
    await minio.start();
    const proxy = await startProxy(minio.endpoint);
    try {
      expect(await s3(minio, proxy.url).bucketExists('kept')).toBe(true);
      expect(proxy.requests.map(({ status }) => status)).toContain(200);
    } finally {
      await proxy.close();
    }
  });

  test('can be paused: connections are taken, and nothing answers', async () => {
    const { minio } = context.bed;
    await minio.pause();
    await expect(ask(minio.endpoint)).rejects.toThrow(/aborted due to timeout/);
    await minio.resume();
    expect((await ask(`${minio.endpoint}/minio/health/live`)).status).toBe(200);
  });

  test('can run beside a further one with TLS, which ends with who started it', async () => {
    const { bed } = context;
    const other = await bedContext();
    const second = await other.bed.startMinio({ tls: true });
    expect(second.endpoint).toMatch(/^https:/);
    expect(second.rootPassword).not.toBe(bed.minio.rootPassword);
    const ca = second.caPem ?? '';
    expect((await ask(`${second.endpoint}/minio/health/live`, { ca })).status).toBe(200);
    await expect(ask(second.endpoint)).rejects.toThrow(/self-signed certificate/);
    await other.bed.stop();
    await vi.waitFor(() => expect(alive(second.pid)).toBe(false), { timeout: 5000 });
    expect(alive(bed.minio.pid)).toBe(true);
  });
});

test('startOperator reads the log of what it starts, knows when it is ready, and ends it', async () => {
  const { bed } = context;
  const folder = mkdtempSync(join(bed.folder, 'operator-'));
  const entry = join(import.meta.dirname, '..', 'support', 'operator-stub.ts');
  const operator = await startOperator({
    bed,
    entry,
    kubeconfig: join(folder, 'k'),
    args: ['a'],
    env: { B: 'b' },
  });
  await operator.ready;
  expect(operator.lines[0]).toEqual({
    level: 30,
    msg: 'hello',
    kubeconfig: join(folder, 'k'),
    args: ['a'],
    b: 'b',
  });
  expect(await operator.kill('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' });
  const failing = await startOperator({ bed, entry, kubeconfig: '', args: ['fail'] });
  await expect(failing.ready).rejects.toThrow(
    /the operator ended \(1\) before it was ready:[\s\S]*Error: on purpose/,
  );
});

describe('npm run bed', () => {
  const main = join(import.meta.dirname, '..', '..', 'bed', 'main.ts');

  test('runs beside another bed, says where it is, and leaves nothing when it is killed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'bed-main-'));
    const out = join(folder, 'env');
    const started = performance.now();
    const child = spawn(process.execPath, [main, '--out', out, '--store', 'versitygw'], { stdio: 'ignore' });
    try {
      await vi.waitFor(() => expect(existsSync(out)).toBe(true), { timeout: 60_000, interval: 50 });
      console.log(`a second bed was up in ${Math.round(performance.now() - started)} ms`);
      const lines = readFileSync(out, 'utf8').trim().split('\n');
      const env = new Map(
        lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
      );
      expect([...env.keys()]).toEqual([
        'KUBECONFIG',
        'MINIO_ENDPOINT',
        'MINIO_ROOT_USER',
        'MINIO_ROOT_PASSWORD',
        'S3_ENDPOINT',
        'IAM_ENDPOINT',
        'IAM_ACCOUNT',
        'IAM_ROOT_ACCESS_KEY_ID',
        'IAM_ROOT_SECRET_ACCESS_KEY',
        'IAM_OPERATOR_ACCESS_KEY_ID',
        'IAM_OPERATOR_SECRET_ACCESS_KEY',
      ]);
      const iam = createIam({
        endpoint: env.get('IAM_ENDPOINT') ?? '',
        credentials: {
          accessKeyId: env.get('IAM_OPERATOR_ACCESS_KEY_ID') ?? '',
          secretAccessKey: env.get('IAM_OPERATOR_SECRET_ACCESS_KEY') ?? '',
        },
      });
      expect(await Array.fromAsync(iam.listUsers('/accesskeys/'))).toEqual([]);
      await iam.close();
      const endpoint = env.get('MINIO_ENDPOINT') ?? '';
      expect(endpoint).not.toBe(context.bed.minio.endpoint);
      expect((await ask(`${endpoint}/minio/health/ready`)).status).toBe(200);
      const bed = dirname(env.get('KUBECONFIG') ?? '');
      const supervisor = await connectSupervisor(bed, { background: true });
      const names = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'minio'];
      const pids = await Promise.all(names.map(async (name) => (await supervisor.attach(name)).pid));
      supervisor.disconnect();
      expect(pids.filter(alive)).toHaveLength(4);
      child.kill('SIGKILL');
      await vi.waitFor(() => expect(pids.filter(alive)).toEqual([]), { timeout: 10_000 });
      await vi.waitFor(() => expect(existsSync(bed)).toBe(false), { timeout: 10_000 });
    } finally {
      child.kill('SIGKILL');
      rmSync(folder, { recursive: true });
    }
  });
});
