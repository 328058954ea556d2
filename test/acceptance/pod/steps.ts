/** The steps of a test with real pods, on any cluster, one after the other. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Cluster } from './cluster.ts';
import { CONFINED, containersOf, readyAfterMs, seenFrom } from './confinement.ts';
import { IMAGE } from './image.ts';

const CHART = join(import.meta.dirname, '..', '..', '..', 'charts', 'access-key-operator');
const EXAMPLES = join(import.meta.dirname, '..', '..', '..', 'examples');
const [NAMESPACE, NAME] = ['access-key-operator', 'access-key-operator'];
const PODS = ['-n', NAMESPACE, 'pods', '-l', `app.kubernetes.io/name=${NAME}`];

export interface Store {
  /** The endpoint at which pods reach it. */
  readonly endpoint: string;
  readonly root: { readonly user: string; readonly password: string };
}

/** Takes each step even if an earlier one failed. @param cluster whose nodes have the operator's image */
export async function podSteps(
  cluster: Cluster,
  { endpoint, root }: Store,
): Promise<{ readonly passed: number; readonly failed: number }> {
  const { kubectl, helm, apply, get, until, kill } = cluster;
  const values = [
    ...['--namespace', NAMESPACE, '--wait', '--timeout', '3m'],
    ...['--set', `image.repository=${IMAGE.repository},image.tag=${IMAGE.tag},image.pullPolicy=Never`],
    ...['--set', `defaultStore.create=true,defaultStore.endpoint=${endpoint}`],
    ...['--set', 'defaultStore.allowInsecure=true,defaultStore.credentials.existingSecret=minio-admin'],
    ...['--set-json', 'defaultStore.grants=[{"namespaces":{"all":true},"buckets":["*"]}]'],
  ];
  let pair = '';

  const secretDigest = async (name: string) => {
    const { data = {} } = await get('-n', 'shop', 'secret', name);
    return createHash('sha256').update(JSON.stringify(data)).digest('hex');
  };
  const key = (name: string) => ({
    apiVersion: 'accesskeys.dev/v1alpha1',
    kind: 'AccessKey',
    metadata: { namespace: 'shop', name },
    spec: { limited: true, bucketAccess: [{ bucketName: 'photos', permissions: 'read_only' }] },
  });
  const ready = (name: string) =>
    kubectl('-n', 'shop', 'wait', `accesskey/${name}`, '--for=condition=Ready', '--timeout=90s');
  const operators = async () => (await get(...PODS)).items;
  const leader = async () => {
    const holder = String((await get('-n', NAMESPACE, 'lease', NAME)).spec?.['holderIdentity']);
    const pod = (await operators()).find(({ metadata }) => metadata.name === holder);
    assert.ok(pod !== undefined, `${holder} is none of the pods`);
    return pod;
  };

  /** Returns the output of a pod of the operator's image whose environment is a Secret alone. */
  async function s3(pod: string, secret: string, ...requests: readonly string[]): Promise<string> {
    const container = {
      name: 'application',
      image: `${IMAGE.repository}:${IMAGE.tag}`,
      command: ['/usr/local/bin/node', '/code/s3.mjs', ...requests],
      envFrom: [{ secretRef: { name: secret } }],
      volumeMounts: [{ name: 'code', mountPath: '/code' }],
    };
    const spec = {
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      volumes: [{ name: 'code', configMap: { name: 'code' } }],
      containers: [container],
    };
    await apply({ apiVersion: 'v1', kind: 'Pod', metadata: { namespace: 'shop', name: pod }, spec });
    await until('at its end', async () => {
      const { status } = await get('-n', 'shop', 'pod', pod);
      return status?.['phase'] === 'Succeeded' || status?.['phase'] === 'Failed' ? true : undefined;
    });
    return (await kubectl('-n', 'shop', 'logs', pod)).trim();
  }
  const read = (pod: string) => s3(pod, 'photo-reader', 'GET', '/photos/hello');

  const steps: Readonly<Record<string, () => Promise<string | undefined>>> = {
    async 'helm install --wait, in a namespace of restricted pods'() {
      const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
      const namespace = (name: string, more = {}) => ({
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name, ...more },
      });
      const admin = { AWS_ACCESS_KEY_ID: root.user, AWS_SECRET_ACCESS_KEY: root.password };
      const address = { AWS_ENDPOINT_URL_S3: endpoint, AWS_REGION: 'us-east-1' };
      const code = { 's3.mjs': await readFile(join(import.meta.dirname, 's3.mjs'), 'utf8') };
      const secret = (namespace: string, stringData: object) => ({
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { namespace, name: 'minio-admin' },
        stringData,
      });
      await apply(namespace(NAMESPACE, { labels }), namespace('shop'));
      await apply(secret(NAMESPACE, admin), secret('shop', { ...admin, ...address }), {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { namespace: 'shop', name: 'code' },
        data: code,
      });
      const filled = s3(
        'filler',
        'minio-admin',
        'PUT',
        '/photos',
        ',',
        'PUT',
        '/photos/hello',
        'hello from a bucket',
      );
      await helm('install', NAME, CHART, ...values);
      await kubectl('wait', 'clusterobjectstore/default', '--for=condition=Ready', '--timeout=90s');
      assert.equal(await filled, '200 \n200');
      return undefined;
    },
    async 'the pods are confined'() {
      const [pod, ...others] = await operators();
      assert.ok(pod !== undefined && others.length === 1);
      const { rss, ...confinement } = await seenFrom(cluster, pod);
      assert.deepEqual(confinement, CONFINED);
      const shell = kubectl('-n', NAMESPACE, 'exec', pod.metadata.name, '--', 'sh', '-c', 'true');
      await assert.rejects(shell, /executable file not found/);
      return `RSS ${rss}, ready ${await readyAfterMs(cluster, pod)} ms after its container started`;
    },
    async 'helm test makes a key and revokes it'() {
      const said = await helm('test', NAME, '--namespace', NAMESPACE, '--logs');
      assert.match(said, /revoked, and the store has confirmed it/);
      return undefined;
    },
    async 'a key, used by a pod through envFrom'() {
      await apply(key('photo-reader'));
      await ready('photo-reader');
      assert.equal(await read('first'), '200 hello from a bucket');
      pair = await secretDigest('photo-reader');
      return undefined;
    },
    async 'the examples'() {
      for (const name of ['limited', 'prefixes', 'rotation', 'lifetime', 'secret-template'])
        await kubectl('apply', '--server-side', '-f', join(EXAMPLES, `${name}.yaml`));
      const condition = ['--for=condition=Ready', '--timeout=90s'];
      await kubectl('-n', 'shop', 'wait', 'accesskeys', '--all', ...condition);
      return undefined;
    },
    async 'the leader is killed by SIGKILL, and the work goes on'() {
      const pod = await leader();
      const [status] = containersOf(pod);
      const killed = performance.now();
      const node = String(pod.spec?.['nodeName']);
      await kill(node, status?.containerID.replace('containerd://', '') ?? '');
      await apply(key('after-the-kill'));
      await ready('after-the-kill');
      const name = pod.metadata.name;
      await until('started again', async () => {
        const [again] = containersOf(await get('-n', NAMESPACE, 'pod', name));
        return again?.restartCount === 1 && again.ready ? true : undefined;
      });
      return `a key ${((performance.now() - killed) / 1000).toFixed(1)} s later, at the most`;
    },
    async 'the pod of the leader is deleted, and the other one takes over'() {
      const { metadata } = await leader();
      await kubectl('-n', NAMESPACE, 'delete', 'pod', metadata.name, '--wait=false');
      await apply(key('after-the-leader'));
      await ready('after-the-leader');
      const next = await until('led by another one', async () => {
        const found = await leader().catch(() => undefined);
        return found !== undefined && found.metadata.name !== metadata.name ? found : undefined;
      });
      assert.notEqual(next.metadata.uid, metadata.uid);
      return undefined;
    },
    async 'a rollout, and the key stays'() {
      await kubectl('-n', NAMESPACE, 'rollout', 'restart', `deployment/${NAME}`);
      await kubectl('-n', NAMESPACE, 'rollout', 'status', `deployment/${NAME}`, '--timeout=120s');
      await apply(key('after-the-rollout'));
      await ready('after-the-rollout');
      assert.equal(await secretDigest('photo-reader'), pair);
      return undefined;
    },
    async 'helm upgrade --wait, and the key stays'() {
      await helm('upgrade', NAME, CHART, ...values, '--set', 'operator.logLevel=debug');
      await ready('photo-reader');
      assert.equal(await secretDigest('photo-reader'), pair);
      assert.equal(await read('second'), '200 hello from a bucket');
      return undefined;
    },
    async 'everything is removed as docs/install.md has it'() {
      await kubectl('delete', 'accesskeys', '--all', '--all-namespaces', '--timeout=60s');
      await kubectl('delete', 'clusterobjectstores', '--all', '--timeout=60s');
      await helm('uninstall', NAME, '--namespace', NAMESPACE, '--wait', '--timeout', '2m');
      await until('without pods', async () => ((await operators()).length === 0 ? true : undefined));
      await kubectl(
        'delete',
        'crd',
        ...['accesskeys', 'clusterobjectstores', 'objectstores'].map((one) => `${one}.accesskeys.dev`),
      );
      const left = await kubectl('get', 'all,secrets,roles,rolebindings,pdb', '-n', NAMESPACE, '-o', 'name');
      assert.deepEqual(
        left
          .trim()
          .split('\n')
          .filter((one) => !one.includes('-test')),
        ['secret/minio-admin'],
      );
      return undefined;
    },
  };

  let failed = 0;
  for (const [name, step] of Object.entries(steps)) {
    const started = performance.now();
    try {
      const more = await step();
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      console.log(`ok     ${name} (${seconds} s)${more === undefined ? '' : `: ${more}`}`);
    } catch (error) {
      failed += 1;
      console.log(`FAILED ${name}\n${error instanceof Error ? error.message : String(error)}`);
      console.log(await kubectl('get', 'pods,events', '--all-namespaces').catch(String));
    }
  }
  return { passed: Object.keys(steps).length - failed, failed };
}
