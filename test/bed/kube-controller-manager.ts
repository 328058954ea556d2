import { apiserverFiles } from './kube-apiserver.ts';
import { type Server, startServer } from './server.ts';
import type { Supervisor } from './supervise.ts';

/**
 * The controllers that tests need. Some fifty others watch kinds that no test makes, and act on every new namespace.
 */
const CONTROLLERS = [
  'clusterrole-aggregation',
  'garbage-collector',
  'namespace',
  'resourcequota',
  'serviceaccount',
  'validatingadmissionpolicy-status',
].map((name) => `${name}-controller`);

/**
 * Starts controllers of Kubernetes itself: garbage collection, the end of namespaces, aggregated roles,
 * quotas. The garbage collector looks for new kinds every 30 s only, so CRDs are installed before.
 * @param options.ready whether a controller has done something that is seen from outside
 */
export async function startControllerManager(
  supervisor: Supervisor,
  options: { command: string; folder: string; kubeconfig: string; ready: () => Promise<boolean> },
): Promise<Server> {
  const { command, folder, kubeconfig, ready } = options;
  const files = apiserverFiles(folder);
  const { server } = await startServer(supervisor, {
    name: 'kube-controller-manager',
    command,
    folder,
    portCount: 0,
    args: () => [
      `--kubeconfig=${kubeconfig}`,
      `--service-account-private-key-file=${files.serviceAccountKey}`,
      `--root-ca-file=${files.ca}`,
      `--controllers=${CONTROLLERS}`,
      '--leader-elect=false',
      // Serves nothing: one port fewer.
      '--secure-port=0',
    ],
    ready,
  });
  return server;
}
