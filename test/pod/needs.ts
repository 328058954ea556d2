import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Debian's packages by what is looked for of them. */
const TOOLS: Readonly<Record<string, string>> = {
  buildah: 'buildah',
  containerd: 'containerd',
  ctr: 'containerd',
  runc: 'runc',
  iptables: 'iptables',
  conntrack: 'conntrack',
  ip: 'iproute2',
  nsenter: 'util-linux',
  unshare: 'util-linux',
  openssl: 'openssl',
  mmdebstrap: 'mmdebstrap',
  go: 'golang',
  npm: 'npm',
};

function isInstalled(name: string): boolean {
  return [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'].some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** What this machine lacks for a node with a kubelet, in a sentence; undefined where it has all of it. */
export function lacking(): string | undefined {
  if (process.platform !== 'linux') return `it needs Linux, and this is ${process.platform}`;
  if (process.getuid?.() !== 0) return 'it needs root, for namespaces, mounts and cgroups of its own';
  if (!existsSync('/sys/fs/cgroup/memory'))
    return 'it needs cgroups of version 1 (containerd 1.6 of Debian 12)';
  const packages = Object.entries(TOOLS).flatMap(([tool, name]) => (isInstalled(tool) ? [] : [name]));
  if (!existsSync('/usr/lib/cni/bridge')) packages.push('containernetworking-plugins');
  if (packages.length === 0) return undefined;
  return `it needs programs that aren't here: apt-get install --no-install-recommends ${[...new Set(packages)].join(' ')}`;
}
