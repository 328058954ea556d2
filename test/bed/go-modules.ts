/** The Go modules of the project that pin the bed's programs, and where the built ones are kept. */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

export type ProgramName =
  | 'etcd'
  | 'helm'
  | 'kind'
  | 'kube-apiserver'
  | 'kube-controller-manager'
  | 'kube-proxy'
  | 'kube-scheduler'
  | 'kubectl'
  | 'kubelet'
  | 'minio'
  | 'minio-fips'
  | 'prometheus'
  | 'promtool'
  | 'versitygw';
export type Environment = Readonly<Record<string, string | undefined>>;

/** A Go module that pins programs. */
export interface GoModule {
  /** Below `programs/`, or anywhere else by its absolute path. */
  readonly folder: string;
  /** The module whose version in go.mod is the programs'. */
  readonly versionOf: string;
  /** Program to Go package. */
  readonly packages: ReadonlyMap<ProgramName, string>;
  /** The linker's flags beside `-s -w`. */
  readonly linkerFlags: (version: string) => readonly string[];
  /** Go's build tags, which choose or leave out parts of the program. */
  readonly tags?: readonly string[];
}

const KUBERNETES: readonly ProgramName[] = [
  'kube-apiserver',
  'kube-controller-manager',
  'kube-proxy',
  'kube-scheduler',
  'kubectl',
  'kubelet',
];

/** The Go module of a version of Kubernetes. */
export function kubernetesModule(folder: string, programs: readonly ProgramName[]): GoModule {
  return {
    folder,
    versionOf: 'k8s.io/kubernetes',
    packages: new Map(programs.map((name) => [name, `k8s.io/kubernetes/cmd/${name}`])),
    // Without these the servers call themselves v0.0.0, and helm refuses the chart.
    linkerFlags: (version) => {
      const [major, minor] = version.replace('v', '').split('.');
      return [
        `-X k8s.io/component-base/version.gitVersion=${version}`,
        `-X k8s.io/client-go/pkg/version.gitVersion=${version}`,
        `-X k8s.io/component-base/version.gitMajor=${major}`,
        `-X k8s.io/component-base/version.gitMinor=${minor}`,
      ];
    },
  };
}

/** A documented tag of Google's storage client: Envoy's packages stay out, which are 12 % of MinIO's compiling. */
const WITHOUT_GRPC = 'disable_grpc_modules';

/** In the order in which they are built: the quick ones first. */
export const GO_MODULES: readonly GoModule[] = [
  {
    folder: 'etcd',
    versionOf: 'go.etcd.io/etcd/server/v3',
    packages: new Map([['etcd', 'go.etcd.io/etcd/server/v3']]),
    linkerFlags: () => [],
  },
  {
    folder: 'minio',
    versionOf: 'github.com/minio/minio',
    packages: new Map([['minio', 'github.com/minio/minio']]),
    linkerFlags: () => [],
    tags: [WITHOUT_GRPC],
  },
  {
    folder: 'versitygw',
    versionOf: 'github.com/versity/versitygw',
    packages: new Map([['versitygw', 'github.com/versity/versitygw/cmd/versitygw']]),
    linkerFlags: (version) => [`-X main.Version=${version}`],
  },
  {
    folder: 'helm',
    versionOf: 'helm.sh/helm/v4',
    packages: new Map([['helm', 'helm.sh/helm/v4/cmd/helm']]),
    // Without it helm calls itself v4.3, which a chart's constraints may not take.
    linkerFlags: (version) => [`-X helm.sh/helm/v4/internal/version.version=${version}`],
  },
  {
    folder: 'kind',
    versionOf: 'sigs.k8s.io/kind',
    packages: new Map([['kind', 'sigs.k8s.io/kind']]),
    linkerFlags: () => [],
  },
  {
    folder: 'promtool',
    versionOf: 'github.com/prometheus/prometheus',
    packages: new Map([
      ['prometheus', 'github.com/prometheus/prometheus/cmd/prometheus'],
      ['promtool', 'github.com/prometheus/prometheus/cmd/promtool'],
    ]),
    linkerFlags: () => [],
  },
  {
    // MinIO's own tag for FIPS: it seals its answers by PBKDF2, in 2 ms of CPU instead of the 60 ms of Argon2id. All else
    // is the same code, and most of it compiled by now.
    folder: 'minio',
    versionOf: 'github.com/minio/minio',
    packages: new Map([['minio-fips', 'github.com/minio/minio']]),
    linkerFlags: () => [],
    tags: [WITHOUT_GRPC, 'fips'],
  },
  kubernetesModule('kubernetes', KUBERNETES),
];

export function moduleFolder(module: GoModule): string {
  return resolve(import.meta.dirname, 'programs', module.folder);
}

/** The version that the module's go.mod requires. */
export function pinnedVersion(module: GoModule): string {
  const text = readFileSync(join(moduleFolder(module), 'go.mod'), 'utf8');
  for (const line of text.split('\n')) {
    const [path, version] = line.replace(/^\s*(require\s+)?/, '').split(/\s+/);
    if (path === module.versionOf && version !== undefined) return version;
  }
  throw new Error(`${moduleFolder(module)}/go.mod requires no ${module.versionOf}`);
}

/** The folder that built programs are kept in, below the user's cache directory. */
export function cacheFolder(env: Environment, platform: NodeJS.Platform = process.platform): string {
  const home = env['HOME'] ?? homedir();
  const user =
    platform === 'darwin' ? join(home, 'Library', 'Caches') : env['XDG_CACHE_HOME'] || join(home, '.cache');
  return join(user, 'access-key-operator', 'bed');
}

/** Returns the path of a built program: by its name, its version and the machine. */
export function cachedPath(cache: string, name: ProgramName, modules = GO_MODULES): string {
  const module = modules.find(({ packages }) => packages.has(name));
  if (module === undefined) throw new Error(`no Go module pins ${name}`);
  return join(cache, `${name}-${pinnedVersion(module)}-${process.platform}-${process.arch}`, name);
}
