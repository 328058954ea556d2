/** The cluster that a command speaks to, found as kubectl finds it. */
import { createKubeClient, type KubeClient } from '../../kube/client.ts';
import { type Clientset, createClientset } from '../../kube/clientset.ts';
import { loadConnection } from '../../kube/load-connection.ts';
import type { Terminal } from './terminal.ts';

/** The flags by which kubectl, too, finds its cluster. */
export interface ClusterFlags {
  readonly namespace?: string;
  readonly context?: string;
  readonly kubeconfig?: string;
}

/** One cluster, with the rights of the user who runs the command. */
export interface Kubernetes extends Clientset {
  readonly client: KubeClient;
  /** The API server's host and port. */
  readonly host: string;
  /** The kubeconfig's context; undefined in a pod. */
  readonly context: string | undefined;
  /** The namespace of the flag, else of the context, else `default`. */
  readonly namespace: string;
}

/**
 * Runs a command against the cluster and closes the connections after it.
 * @throws ConnectionError if no kubeconfig names a cluster; and any error of `command`
 */
export async function withKubernetes<T>(
  terminal: Terminal,
  flags: ClusterFlags,
  command: (kubernetes: Kubernetes) => Promise<T>,
): Promise<T> {
  const { env } = terminal;
  const connection = await loadConnection({
    env: flags.kubeconfig === undefined ? env : { ...env, KUBECONFIG: flags.kubeconfig },
    context: flags.context,
  });
  const client = createKubeClient(connection, {
    userAgent: 'kubectl-accesskey',
    // A person reads it: admission's sentences say at their end what to write.
    maxMessageLength: 4_000,
  });
  try {
    const namespace = flags.namespace ?? connection.namespace ?? 'default';
    const { server, context } = connection;
    return await command({ ...createClientset(client), client, namespace, context, host: server.host });
  } finally {
    await client.close();
  }
}
