/** A cluster as its administrator sees it: kubectl and helm. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeObject } from '../../bed/api.ts';
import { run } from './shell.ts';

export interface Cluster {
  kubectl(...args: readonly string[]): Promise<string>;
  helm(...args: readonly string[]): Promise<string>;
  apply(...objects: readonly object[]): Promise<void>;
  /** @param args as of kubectl get */
  get(...args: readonly string[]): Promise<KubeObject & { items: KubeObject[] }>;
  /** Asks every half second until there is an answer. @throws Error after two minutes */
  until<T>(what: string, ask: () => Promise<T | undefined>): Promise<T>;
  /** Returns the output of Node in a container, which has no shell. */
  inContainer(namespace: string, pod: string, code: string): Promise<string>;
  /** Ends a container's program by SIGKILL, as a lack of memory does. @param container its id */
  kill(node: string, container: string): Promise<unknown>;
}

export interface ClusterOptions {
  /** The paths of kubectl and helm. */
  readonly programs: { readonly kubectl: string; readonly helm: string };
  /** A command by which they are run, with its arguments. */
  readonly before?: readonly string[];
  readonly kubeconfig: string;
  /** helm's own folder. */
  readonly home: string;
  readonly kill: Cluster['kill'];
}

const PATIENCE_MS = 120_000;

export function clusterOf({ programs, before = [], kubeconfig, home, kill }: ClusterOptions): Cluster {
  const env = {
    KUBECONFIG: kubeconfig,
    HOME: home,
    HELM_CACHE_HOME: home,
    HELM_CONFIG_HOME: home,
    HELM_DATA_HOME: home,
  };
  const start = (args: readonly string[], input = '') => {
    const [command = '', ...rest] = [...before, ...args];
    return run(command, rest, { env, input });
  };
  const kubectl = (...args: readonly string[]) => start([programs.kubectl, ...args]);
  return {
    kubectl,
    helm: (...args) => start([programs.helm, ...args]),
    async apply(...items) {
      const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
      await start([programs.kubectl, 'apply', '--server-side', '-f', '-'], input);
    },
    get: async (...args) => JSON.parse(await kubectl('get', ...args, '-o', 'json')),
    async until(what, ask) {
      const deadline = performance.now() + PATIENCE_MS;
      for (;;) {
        const answer = await ask();
        if (answer !== undefined) return answer;
        if (performance.now() > deadline) throw new Error(`not ${what} within ${PATIENCE_MS / 1000} s`);
        await sleep(500);
      }
    },
    inContainer: (namespace, pod, code) =>
      kubectl('-n', namespace, 'exec', pod, '--', '/usr/local/bin/node', '-e', code),
    kill,
  };
}
