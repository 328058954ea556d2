/**
 * The program that `helm test` runs in the cluster. It makes a key without any bucket, waits until the key
 * works, revokes it, and waits until it is gone. Its ServiceAccount, which the chart makes for it alone,
 * allows only that.
 */

import { parseArgs } from 'node:util';
import { readyOf } from './api/conditions.ts';
import { parseDurationMs } from './api/duration.ts';
import { API_VERSION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } from './api/names.ts';
import type { AccessKey } from './api/schema/accesskey.ts';
import { createKubeClient } from './kube/client.ts';
import { createClientset } from './kube/clientset.ts';
import { KubeError } from './kube/errors.ts';
import { ignoreNotFound } from './kube/ignore-not-found.ts';
import { loadConnection } from './kube/load-connection.ts';
import { sleep } from './runtime/sleep.ts';

const POLL_MS = 300;

type StoreRef = AccessKey['spec']['storeRef'];

interface Settings {
  readonly name: string;
  readonly namespace: string;
  readonly storeRef: StoreRef;
  readonly timeoutMs: number;
}

/**
 * Reads the command line.
 * @throws Error with the correct usage
 */
function settings(args: readonly string[]): Settings {
  const text = { type: 'string' } as const;
  const options = { name: text, namespace: text, store: text, timeout: text };
  const { name, namespace, store = '', timeout = '' } = parseArgs({ args: [...args], options }).values;
  const [, kind, storeName] = /^((?:Cluster)?ObjectStore)\/(.+)$/.exec(store) ?? [];
  const timeoutMs = parseDurationMs(timeout);
  if (!name || !namespace || !kind || !storeName || timeoutMs === undefined) {
    throw new Error('write --name KEY --namespace NAMESPACE --store ClusterObjectStore/NAME --timeout 1m');
  }
  return { name, namespace, storeRef: { kind, name: storeName } as StoreRef, timeoutMs };
}

/** Polls until `check` returns a value. @throws Error with the text of `late` after the deadline */
async function until<T>(
  deadline: number,
  check: () => Promise<T | undefined>,
  late: () => string,
): Promise<T> {
  for (;;) {
    const found = await check();
    if (found !== undefined) return found;
    if (performance.now() > deadline) throw new Error(late());
    await sleep(POLL_MS);
  }
}

async function main(): Promise<void> {
  const { name, namespace, storeRef, timeoutMs } = settings(process.argv.slice(2));
  const connection = await loadConnection({ env: process.env });
  const client = createKubeClient(connection, { userAgent: 'access-key-operator-helm-test' });
  const { accessKeys, secrets } = createClientset(client);
  const deadline = performance.now() + timeoutMs;
  let said = 'the operator has not reconciled it: check that it runs';

  async function remove(): Promise<void> {
    await ignoreNotFound(accessKeys.delete(name, namespace));
    await until(
      deadline + timeoutMs,
      async () => ((await ignoreNotFound(accessKeys.get(name, namespace))) === undefined ? true : undefined),
      () => `AccessKey ${namespace}/${name} is still being deleted; kubectl describe it for the reason`,
    );
  }

  try {
    // Remove what an earlier test has left if it was killed.
    await remove();
    const accessKey = {
      apiVersion: API_VERSION,
      kind: 'AccessKey',
      metadata: { name, namespace },
      spec: { label: 'helm test', storeRef, limited: true },
    } as unknown as AccessKey;
    let refusal = '';
    await until(
      deadline,
      () =>
        accessKeys.create(accessKey).catch((error: unknown) => {
          // Some seconds after the CRDs are new, the API server can't evaluate the chart's policy yet.
          if (!(error instanceof KubeError) || error.status !== 503) throw error;
          refusal = error.message;
          return undefined;
        }),
      () => refusal,
    );
    console.log(`created AccessKey ${namespace}/${name} in ${storeRef.kind} ${storeRef.name}`);
    const accessKeyId = await until(
      deadline,
      async () => {
        const accessKey = await accessKeys.get(name, namespace);
        const ready = readyOf(accessKey);
        if (ready !== undefined) said = `${ready.reason}: ${ready.message}`;
        return ready?.status === 'True' ? accessKey.status.accessKeyId : undefined;
      },
      () => `AccessKey ${namespace}/${name} is not Ready after ${timeoutMs / 1000} s: ${said}`,
    );
    const { data = {} } = (await ignoreNotFound(secrets.get(name, namespace))) ?? {};
    if (!data[AWS_ACCESS_KEY_ID] || !data[AWS_SECRET_ACCESS_KEY]) {
      throw new Error(`AccessKey ${namespace}/${name} is Ready, but its Secret has no pair`);
    }
    console.log(`the store accepts ${accessKeyId}, and Secret ${namespace}/${name} has the pair`);
    await remove();
    console.log('revoked, and the store has confirmed it');
  } catch (error) {
    await remove().catch((failure: unknown) => console.error(`helm test: ${sentence(failure)}`));
    throw error;
  } finally {
    await client.close();
  }
}

function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

try {
  await main();
} catch (error) {
  console.error(`helm test: ${sentence(error)}`);
  process.exitCode = 1;
}
