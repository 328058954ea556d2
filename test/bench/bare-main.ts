/**
 * The ceiling's script as a process of its own, so that its CPU can be told: gets its keys by IPC, and ends with its
 * parent.
 */
import { createKubeClient } from '../../src/kube/client.ts';
import { createClientset } from '../../src/kube/clientset.ts';
import { loadConnection } from '../../src/kube/load-connection.ts';
import { createMinioStore } from '../../src/provider/minio/admin.ts';
import type { Pair } from '../../src/provider/provider.ts';
import { type Applied, makeKey, type Servers, type Template } from './ceiling.ts';

export interface BareSetup {
  readonly kubeconfig: string;
  readonly endpoint: string;
  readonly credentials: Pair;
  readonly template: Template;
  /** The number of concurrent keys. */
  readonly concurrency: number;
}

export type BareMessage = { readonly setup: BareSetup } | { readonly key: Applied };

const waiting: Applied[] = [];
const wake: (() => void)[] = [];

process.on('message', (message: BareMessage) => {
  if ('setup' in message) void start(message.setup);
  else {
    waiting.push(message.key);
    wake.shift()?.();
  }
});
process.on('disconnect', () => process.exit(0));

async function start(setup: BareSetup): Promise<void> {
  const connection = await loadConnection({ env: { KUBECONFIG: setup.kubeconfig } });
  const client = createKubeClient(connection, { userAgent: 'access-key-operator' });
  const servers: Servers = {
    ...createClientset(client),
    store: createMinioStore({ endpoint: setup.endpoint, credentials: setup.credentials }),
  };
  for (let worker = 0; worker < setup.concurrency; worker += 1) void work(servers, setup.template);
  process.send?.('ready');
}

async function work(servers: Servers, template: Template): Promise<void> {
  for (;;) {
    const key = waiting.shift();
    if (key) await makeKey(servers, template, key);
    else await new Promise<void>((resolve) => wake.push(resolve));
  }
}
