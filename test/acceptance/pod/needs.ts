/** The needs of a node with a kubelet. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Debian's packages by what is looked for of them. */
const PACKAGES: Readonly<Record<string, string>> = {
  buildah: 'buildah',
  containerd: 'containerd',
  ctr: 'containerd',
  runc: 'runc',
  iptables: 'iptables',
  conntrack: 'conntrack',
  ip: 'iproute2',
  nsenter: 'util-linux',
  setpriv: 'util-linux',
  unshare: 'util-linux',
  openssl: 'openssl',
  mmdebstrap: 'mmdebstrap',
  '/usr/lib/cni/bridge': 'containernetworking-plugins',
};

export interface Machine {
  readonly platform: string;
  readonly uid: number | undefined;
  /** True if there are cgroups of version 1 that can be written. */
  readonly cgroupsV1: boolean;
  /** True if this process may make namespaces; root in a container mostly may not. */
  readonly namespaces: boolean;
  /** @param program a name, or a path */
  readonly has: (program: string) => boolean;
  /** True if it is a CI machine, on which tests may install what they need. */
  readonly ci: boolean;
}

/** Returns the facts of this machine. */
export function thisMachine(): Machine {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return {
    platform: process.platform,
    uid: process.getuid?.(),
    cgroupsV1: may('/sys/fs/cgroup/memory', constants.W_OK),
    // Without unshare, its package is one of those that are missing.
    namespaces: [0, null].includes(
      spawnSync('unshare', ['--mount', '--net', '--pid', '--fork', 'true']).status,
    ),
    has: (program) =>
      (program.startsWith('/') ? [''] : folders).some((one) => may(join(one, program), constants.X_OK)),
    ci: process.env['CI'] === 'true',
  };
}

function may(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}

/** Returns what no installation can cure, in a sentence without its end; undefined if nothing is missing. */
export function objectionTo({ platform, uid, cgroupsV1, namespaces, has }: Machine): string | undefined {
  if (platform !== 'linux') return `it needs Linux, and this is ${platform}`;
  if (uid !== 0) return 'it needs root, for namespaces, mounts and cgroups of its own';
  if (!cgroupsV1) return 'it needs cgroups of version 1 that it may write, and here are none';
  if (!namespaces) return 'it needs the right to make namespaces, which root has not here';
  for (const program of ['go', 'npm']) if (!has(program)) return `it needs ${program}, which isn't here`;
  return undefined;
}

/** Debian's packages that aren't installed, each once. */
export function missingPackages({ has }: Machine): readonly string[] {
  return [...new Set(Object.entries(PACKAGES).flatMap(([tool, name]) => (has(tool) ? [] : [name])))];
}

/** Returns why missing packages aren't installed here, in a sentence without its end; undefined if they may be. */
export function objectionToInstall(packages: readonly string[], { ci, has }: Machine): string | undefined {
  const what = `it needs Debian's packages ${packages.join(', ')}`;
  if (!has('apt-get')) return `${what}, and there is no apt-get`;
  if (ci) return undefined;
  return `${what}: apt-get install --no-install-recommends ${packages.join(' ')}`;
}
