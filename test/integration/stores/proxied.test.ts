/** An operator that reaches the API server and the store by a proxy alone, which asks for a password. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Operator } from '../../bed/operator.ts';
import { type ConnectProxy, startConnectProxy } from '../support/connect-proxy.ts';
import {
  fixtures,
  readPair,
  ready,
  reason,
  s3Client,
  secretOf,
  storeReady,
  until,
} from '../support/fixtures.ts';

const proxied = await fixtures('proxied');
const { bed } = proxied;

let proxy: ConnectProxy;
let operator: Operator;
let namespace = '';

/** No resolver knows these. */
const API = 'api.proxied.test';
const STORE = 'minio.proxied.test';

beforeAll(async () => {
  namespace = await proxied.namespace();
  const config = JSON.parse(await readFile(await bed.kubeconfig(), 'utf8'));
  const [{ cluster }] = config.clusters;
  const api = new URL(cluster.server);
  const minio = new URL(bed.minio.endpoint);
  proxy = await startConnectProxy({ [API]: Number(api.port), [STORE]: Number(minio.port) });
  cluster.server = `https://${API}:${api.port}`;
  cluster['tls-server-name'] = 'kubernetes.default.svc';
  const kubeconfig = join(bed.folder, 'kubeconfig-proxied');
  await writeFile(kubeconfig, JSON.stringify(config), { mode: 0o600 });
  operator = await proxied.operator({
    kubeconfig,
    env: { HTTPS_PROXY: proxy.url, http_proxy: proxy.url, NO_PROXY: '.direct.test' },
  });
});

afterAll(async () => {
  await proxied.end();
  await proxy.close();
});

test('keys are issued and revoked through the proxy, over few tunnels', async () => {
  const { port } = new URL(bed.minio.endpoint);
  const store = await proxied.store({
    endpoint: `http://${STORE}:${port}`,
    spec: { publicEndpoint: bed.minio.endpoint },
  });
  await storeReady(bed, store.ref);
  const refs = await Promise.all(Array.from({ length: 20 }, () => proxied.accessKey(namespace, store)));
  await Promise.all(refs.map((ref) => ready(bed, ref)));
  const [ref] = refs;
  if (!ref) throw new Error('no key');
  await s3Client(store.minio, await readPair(bed, secretOf(ref))).listBuckets();
  // Requests share the connections that are kept.
  expect(proxy.asked.get(`${STORE}:${port}`)).toBeLessThanOrEqual(64);
  expect([...proxy.asked.keys()].some((target) => target.startsWith(`${API}:`))).toBe(true);
  await Promise.all(refs.map((each) => bed.api.delete(each)));
  await Promise.all(refs.map((each) => bed.api.waitGone(each)));
});

test('a host of NO_PROXY is asked directly, and a proxy that refuses is named without its password', async () => {
  const direct = await proxied.store({ endpoint: 'http://minio.direct.test:9000' });
  expect((await reason(bed, direct.ref, 'StoreUnreachable')).message).toContain('cannot be resolved');
  expect([...proxy.asked.keys()].filter((target) => target.includes('direct'))).toEqual([]);
  const unknown = await proxied.store({ endpoint: 'http://elsewhere.proxied.test:9000' });
  const { message } = await reason(bed, unknown.ref, 'StoreUnreachable');
  expect(message).toContain(
    "is not reached by the operator's proxy (ERR_PROXY_502): correct HTTPS_PROXY or HTTP_PROXY of the operator, or add the host to NO_PROXY",
  );
  expect(message).not.toContain('p@ss');
});

test('a proxy that is away for a while delays what is asked for, and nothing more', async () => {
  proxy.refuse(503);
  const store = await proxied.store({
    endpoint: `http://${STORE}:${new URL(bed.minio.endpoint).port}`,
    spec: { publicEndpoint: bed.minio.endpoint },
  });
  const ref = await proxied.accessKey(namespace, store);
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  expect((await bed.api.get(ref))?.status?.accessKeyId).toBeUndefined();
  proxy.refuse(undefined);
  await until('issued', async () => (await bed.api.get(ref))?.status?.accessKeyId !== undefined);
  await ready(bed, ref);
  expect(operator.output.join('\n')).not.toMatch(/p@ss|p%40ss/);
});
