/** What is tried with the real pods, one thing after the other. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'minio';
import type { Cluster } from './cluster.ts';
import { CONFINED, containersOf, readyAfterMs, seenFrom } from './confinement.ts';
import { REPOSITORY } from './images.ts';

const CHART = join(import.meta.dirname, '..', '..', 'charts', 'access-key-operator');
const [NAMESPACE, NAME] = ['access-key-operator', 'access-key-operator'];
/** Of the node, where its MinIO is. */
const MINIO = { host: '172.30.77.2', port: 9000 };
const PODS = ['-n', NAMESPACE, 'pods', '-l', `app.kubernetes.io/name=${NAME}`];

export interface PodOptions {
  /** The tag of the operator's image. */
  readonly version: string;
  /** Of the node's MinIO. */
  readonly root: { readonly user: string; readonly password: string };
  /** Ends a container's program by SIGKILL. @param container its id */
  readonly kill: (container: string) => Promise<unknown>;
}

/** Takes each step even where one before has failed. @returns how many failed */
export async function podSteps(cluster: Cluster, { version, root, kill }: PodOptions): Promise<number> {
  const { kubectl, helm, apply, get, until } = cluster;
  const s3 = new Client({
    endPoint: MINIO.host,
    port: MINIO.port,
    useSSL: false,
    accessKey: root.user,
    secretKey: root.password,
  });
  const values = [
    ...['--namespace', NAMESPACE, '--wait', '--timeout', '3m'],
    ...['--set', `image.repository=${REPOSITORY},image.tag=${version},image.pullPolicy=Never`],
    ...['--set', `defaultStore.create=true,defaultStore.endpoint=http://${MINIO.host}:${MINIO.port}`],
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

  /** The key's Secret as the environment of a pod that has nothing else, by the operator's own image. */
  async function usedByAPod(name: string): Promise<string> {
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { namespace: 'shop', name },
      spec: {
        restartPolicy: 'Never',
        automountServiceAccountToken: false,
        volumes: [{ name: 'code', configMap: { name: 'code' } }],
        containers: [
          {
            name: 'application',
            image: `${REPOSITORY}:${version}`,
            command: ['/usr/local/bin/node', '/code/use-key.mjs'],
            envFrom: [{ secretRef: { name: 'photo-reader' } }],
            env: [
              { name: 'BUCKET', value: 'photos' },
              { name: 'OBJECT', value: 'hello' },
            ],
            volumeMounts: [{ name: 'code', mountPath: '/code' }],
          },
        ],
      },
    };
    await apply(pod);
    await until('at its end', async () => {
      const { status } = await get('-n', 'shop', 'pod', name);
      return status?.['phase'] === 'Succeeded' || status?.['phase'] === 'Failed' ? true : undefined;
    });
    return (await kubectl('-n', 'shop', 'logs', name)).trim();
  }

  const steps: Readonly<Record<string, () => Promise<string | undefined>>> = {
    async 'helm install --wait, in a namespace of restricted pods'() {
      const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
      const namespace = (name: string, more = {}) => ({
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name, ...more },
      });
      const credentials = { AWS_ACCESS_KEY_ID: root.user, AWS_SECRET_ACCESS_KEY: root.password };
      await apply(namespace(NAMESPACE, { labels }), namespace('shop'));
      const metadata = { namespace: NAMESPACE, name: 'minio-admin' };
      await apply({ apiVersion: 'v1', kind: 'Secret', metadata, stringData: credentials });
      await s3.makeBucket('photos');
      await s3.putObject('photos', 'hello', 'hello from a bucket');
      await helm('install', NAME, CHART, ...values);
      await kubectl('wait', 'clusterobjectstore/default', '--for=condition=Ready', '--timeout=90s');
      return undefined;
    },
    async 'the pods are confined'() {
      const [pod, ...others] = await operators();
      assert.ok(pod !== undefined && others.length === 1);
      const { rss, ...confinement } = await seenFrom(cluster, pod);
      assert.deepEqual(confinement, CONFINED);
      const shell = kubectl('-n', NAMESPACE, 'exec', pod.metadata.name, '--', 'sh', '-c', 'true');
      await assert.rejects(shell, /no such file/);
      return `RSS ${rss}, ready ${await readyAfterMs(cluster, pod)} ms after its container started`;
    },
    async 'helm test makes a key and revokes it'() {
      const said = await helm('test', NAME, '--namespace', NAMESPACE, '--logs');
      assert.match(said, /revoked, and the store has confirmed it/);
      return undefined;
    },
    async 'a key, used by a pod through envFrom'() {
      const text = await readFile(join(import.meta.dirname, 'use-key.mjs'), 'utf8');
      const metadata = { namespace: 'shop', name: 'code' };
      await apply(
        { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { 'use-key.mjs': text } },
        key('photo-reader'),
      );
      await ready('photo-reader');
      assert.equal(await usedByAPod('first'), '200 hello from a bucket');
      pair = await secretDigest('photo-reader');
      return undefined;
    },
    async 'the leader is killed by SIGKILL, and the work goes on'() {
      const pod = await leader();
      const [status] = containersOf(pod);
      const killed = performance.now();
      await kill(status?.containerID.replace('containerd://', '') ?? '');
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
      assert.equal(await usedByAPod('second'), '200 hello from a bucket');
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
  console.log(`\n${Object.keys(steps).length - failed} passed, ${failed} failed`);
  return failed;
}
