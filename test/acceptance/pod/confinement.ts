/** The confinement of a pod of the operator, as the pod itself shows it. */
import type { KubeObject } from '../../bed/api.ts';
import type { Cluster } from './cluster.ts';

interface ContainerStatus {
  readonly containerID: string;
  readonly ready: boolean;
  readonly restartCount: number;
  readonly state: { readonly running?: { readonly startedAt: string } };
}

/** Returns the kubelet's status of a pod's containers. */
export function containersOf(pod: KubeObject | undefined): readonly ContainerStatus[] {
  return (pod?.status?.['containerStatuses'] ?? []) as ContainerStatus[];
}

/** The chart's restricted Pod Security, as the process sees it. */
export const CONFINED = {
  Uid: '65532\t65532\t65532\t65532',
  CapEff: '0000000000000000',
  CapBnd: '0000000000000000',
  NoNewPrivs: '1',
  Seccomp: '2',
  writable: [] as string[],
  services: ['KUBERNETES_SERVICE_HOST'],
} as const;

const LOOK = `
  const fs = require('node:fs');
  const lines = fs.readFileSync('/proc/1/status', 'utf8').split('\\n').map((line) => line.split(':\\t'));
  const { Uid, CapEff, CapBnd, NoNewPrivs, Seccomp, VmRSS } = Object.fromEntries(lines);
  const writable = ['/', '/app', '/tmp'].filter((folder) => {
    try { fs.writeFileSync(folder + '/x', ''); return true; } catch { return false; }
  });
  const services = Object.keys(process.env).filter((name) => name.endsWith('_SERVICE_HOST'));
  console.log(JSON.stringify({ Uid, CapEff, CapBnd, NoNewPrivs, Seccomp, writable, services, rss: VmRSS.trim() }));`;

/** Returns the rights and the memory of the operator's process, found out by Node in its container. */
export async function seenFrom(
  { inContainer }: Cluster,
  { metadata: { namespace = '', name } }: KubeObject,
): Promise<typeof CONFINED & { readonly rss: string }> {
  return JSON.parse(await inContainer(namespace, name, LOOK));
}

/** Returns the time until its container was ready, by its log; the kubelet's own time has whole seconds. */
export async function readyAfterMs({ kubectl }: Cluster, pod: KubeObject): Promise<number> {
  const [status] = containersOf(pod);
  const log = await kubectl('-n', pod.metadata.namespace ?? '', 'logs', pod.metadata.name);
  const lines = log
    .trim()
    .split('\n')
    .map((text): { msg?: string; time?: string } => JSON.parse(text));
  const time = lines.find(({ msg }) => msg === 'ready')?.time ?? '';
  return Date.parse(time) - Date.parse(status?.state.running?.startedAt ?? '');
}
