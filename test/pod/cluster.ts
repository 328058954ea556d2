/** The node's cluster as its administrator sees it: kubectl and helm. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeObject } from '../bed/api.ts';
import { run } from './shell.ts';

export interface Cluster {
  kubectl(...args: readonly string[]): Promise<string>;
  helm(...args: readonly string[]): Promise<string>;
  apply(...objects: readonly object[]): Promise<void>;
  /** @param args as of kubectl get */
  get(...args: readonly string[]): Promise<KubeObject & { items: KubeObject[] }>;
  /** Asks every half second until there is an answer. @throws Error after two minutes */
  until<T>(what: string, ask: () => Promise<T | undefined>): Promise<T>;
  /** What Node prints that is run in a container, which has no shell. */
  inContainer(namespace: string, pod: string, code: string): Promise<string>;
}

const PATIENCE_MS = 120_000;

/** @param programs the paths of kubectl and helm @param home helm's own folder */
export function clusterOf(
  programs: { kubectl: string; helm: string },
  kubeconfig: string,
  home: string,
): Cluster {
  const env = {
    KUBECONFIG: kubeconfig,
    HOME: home,
    HELM_CACHE_HOME: home,
    HELM_CONFIG_HOME: home,
    HELM_DATA_HOME: home,
  };
  const kubectl = (...args: readonly string[]) => run(programs.kubectl, args, { env });
  return {
    kubectl,
    helm: (...args) => run(programs.helm, args, { env }),
    async apply(...items) {
      const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
      await run(programs.kubectl, ['apply', '--server-side', '-f', '-'], { env, input });
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
  };
}
