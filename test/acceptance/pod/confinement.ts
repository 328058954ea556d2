/** What a pod of the operator shows about itself. */
import type { KubeObject } from '../../bed/api.ts';
import type { Cluster } from './cluster.ts';

interface ContainerStatus {
  readonly containerID: string;
  readonly ready: boolean;
  readonly restartCount: number;
  readonly state: { readonly running?: { readonly startedAt: string } };
}

/** What the kubelet says of a pod's containers. */
export function containersOf(pod: KubeObject | undefined): readonly ContainerStatus[] {
  return (pod?.status?.['containerStatuses'] ?? []) as ContainerStatus[];
}

/** What the chart's restricted Pod Security comes to for the process. */
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

/** What the operator's process may do, found out by Node in its container; and how much memory it has. */
export async function seenFrom(
  { inContainer }: Cluster,
  { metadata: { namespace = '', name } }: KubeObject,
): Promise<typeof CONFINED & { readonly rss: string }> {
  return JSON.parse(await inContainer(namespace, name, LOOK));
}

/** How long its container took to be ready, by its log; the kubelet's own time has whole seconds. */
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
