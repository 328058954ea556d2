/**
 * The names and contents that no Secret of an AccessKey may have, even if the administrator allows it. Other
 * software trusts such a Secret or loads code by it. The CRD's rules use the expressions in this file, and
 * the operator calls the functions again. Two engines read the expressions, JavaScript's and RE2, so they
 * have no look-around and no back references.
 */

/**
 * Domains, with all subdomains, whose labels and annotations give a Secret to another owner or copy it
 * elsewhere. They are the operator's own, Kubernetes', Helm's, Argo CD's, and those of tools that copy
 * Secrets into other namespaces (kubernetes-replicator, Reflector, Config Syncer, ClusterSecret,
 * k8s-replicator, synator).
 */
const RESERVED_DOMAINS = [
  'accesskeys.dev',
  'kubernetes.io',
  'k8s.io',
  'x-k8s.io',
  'helm.sh',
  'argoproj.io',
  'mittwald.de',
  'emberstack.com',
  'appscode.com',
  'clustersecret.io',
  'nadundesilva.github.io',
];

/** Labels and annotations of these domains. UNRESERVED_NAME lists the exceptions. */
export const RESERVED_NAME = new RegExp(
  `^(?:[^/]*\\.)?(?:${RESERVED_DOMAINS.map(escaped).join('|')})[/]|^synator[/]`,
);

/**
 * Names in reserved domains that change nothing about a Secret: those for people, and two of Argo CD's
 * options.
 */
export const UNRESERVED_NAME =
  /^(?:custom\.accesskeys\.dev[/]|argocd\.argoproj\.io[/](?:compare|sync)-options$)/;

/**
 * Names by which other software finds a Secret and trusts its content: Helm's releases, kubeadm's tokens and
 * certificates, the kubeconfigs of Cluster API, and the Secrets of Argo CD and Flux themselves.
 */
export const REFUSED_SECRET_NAMES = [
  'sh.helm.*',
  'bootstrap-token-*',
  'kubeadm-certs',
  'kubeconfig',
  '*-kubeconfig',
  '*.kubeconfig',
  'argocd-secret',
  'argocd-initial-admin-secret',
  'argocd-notifications-secret',
  'argocd-image-updater-secret',
  'argocd-redis',
  'flux-system',
  'sops-age',
  'sops-gpg',
];

/** Matches the refused names of Secrets. */
export const REFUSED_SECRET_NAME = anyOf(REFUSED_SECRET_NAMES);

/**
 * Data keys that a Secret must not have, by the program that reads them. Most are variables that reach a
 * process by envFrom: they make it load code, run another program, trust another certificate, or talk to
 * another host. `*` stands for any text.
 */
const REFUSED_DATA_KEYS = {
  'the dynamic linker and libc': [
    ['LD_*', 'DYLD_*', 'LIBPATH', 'SHLIB_PATH', 'GLIBC_*', 'GCONV_PATH', 'GETCONF_DIR', 'LOCPATH', 'NLSPATH'],
    ['MALLOC_*', 'HOSTALIASES', 'LOCALDOMAIN', 'RES_OPTIONS', 'RESOLV_*', 'TZDIR', 'TMPDIR', 'TMP', 'TEMP'],
  ],
  'shells and terminals': [
    ['BASH*', 'ENV', 'PATH', 'CDPATH', 'FPATH', 'IFS', 'PS0', 'PS1', 'PS2', 'PS3', 'PS4', 'PROMPT_COMMAND'],
    [
      'SHELLOPTS',
      'GLOBIGNORE',
      'EXECIGNORE',
      'ZDOTDIR',
      'INPUTRC',
      'TERM',
      'TERMCAP',
      'TERMINFO*',
      'LESS',
      'LESSOPEN',
      'LESSCLOSE',
    ],
    ['HOME', 'SHELL', 'USER', 'LOGNAME', 'PWD', 'OLDPWD', 'HOSTNAME', 'XDG_*', 'EDITOR', 'VISUAL', 'FCEDIT'],
    [
      'PAGER',
      'MANPAGER',
      'BROWSER',
      'VIMINIT',
      'EXINIT',
      'VIM',
      'VIMRUNTIME',
      'NOTIFY_SOCKET',
      'LISTEN_FDS',
      'LISTEN_FDNAMES',
      'LISTEN_PID',
    ],
    ['.bash*', '.profile', '.zsh*', '.netrc', '.npmrc', '.gitconfig', '.ssh', '.pypirc', '.vimrc'],
  ],
  'language runtimes and their tools': [
    ['NODE_*', 'NPM_*', 'npm_*', 'YARN_*', 'BUN_*', 'DENO_*', 'COREPACK_*', 'ELECTRON_*', 'TS_NODE_*'],
    ['PYTHON*', 'PIP_*', 'UV_*', 'CONDA_*', 'VIRTUAL_ENV', 'DJANGO_SETTINGS_MODULE', 'FLASK_*', 'GUNICORN_*'],
    ['PERL*', 'RUBY*', 'GEM_*', 'BUNDLE_*', 'RAILS_*', 'RACK_*', 'PHPRC', 'PHP_*', 'COMPOSER_*', 'LUA_*'],
    ['JAVA_*', '_JAVA_*', 'JDK_*', 'JVM_*', 'CLASSPATH', 'MAVEN_*', 'GRADLE_*', 'SBT_*', 'CATALINA_*'],
    ['JBOSS_*', 'SPRING_*', 'LOGGING_CONFIG', 'QUARKUS_*', 'MICRONAUT_*', 'DOTNET_*', 'COMPlus_*', 'COR_*'],
    [
      'CORECLR_*',
      'ASPNETCORE_*',
      'NUGET_*',
      'ERL_*',
      'ELIXIR_*',
      'MIX_*',
      'RELX_*',
      'RELEASE_COOKIE',
      'RELEASE_NODE',
      'RELEASE_ROOT',
      'RELEASE_VM_ARGS',
      'GHCRTS',
    ],
    ['GODEBUG', 'GOFLAGS', 'GOENV', 'GOPATH', 'GOPROXY', 'GOROOT', 'GOTOOLCHAIN', 'GOTRACEBACK', 'RUSTC_*'],
    [
      'RUSTFLAGS',
      'CARGO_*',
      'JULIA_*',
      'R_ENVIRON*',
      'R_LIBS*',
      'R_PROFILE*',
      'OCAML*',
      'CAML_*',
      'GUILE_*',
      'TCL*',
      'MAKEFLAGS',
      'MAKEFILES',
    ],
  ],
  'programs that others start': [
    [
      'GIT_*',
      'SSH_*',
      'GNUPGHOME',
      'GPG_*',
      'RSYNC_*',
      'TAR_OPTIONS',
      'GZIP',
      'CURL_*',
      'WGETRC',
      '*_COMMAND',
    ],
    ['PGHOST', 'PGHOSTADDR', 'PGOPTIONS', 'PGPASSFILE', 'PGSERVICE*', 'PGSSL*', 'PGSYSCONFDIR', 'MYSQL_HOME'],
  ],
  'TLS, proxies and telemetry': [
    [
      'SSL_CERT_*',
      'SSLKEYLOGFILE',
      'OPENSSL_*',
      'REQUESTS_CA_BUNDLE',
      'GRPC_*',
      'OTEL_*',
      '*_PROXY',
      '*_proxy',
    ],
  ],
  'clients of clouds and clusters': [
    [
      'GOOGLE_*',
      'GCE_*',
      'CLOUDSDK_*',
      'AZURE_*',
      'KUBE*',
      'HELM_*',
      'DOCKER_*',
      'CONTAINERS_*',
      'BUILDKIT_*',
    ],
    [
      '*_SERVICE_HOST',
      '*_SERVICE_PORT',
      'VAULT_*',
      'CONSUL_*',
      'TF_CLI_*',
      'TF_DATA_DIR',
      'TF_REATTACH_PROVIDERS',
      'ACCESSKEYS_*',
    ],
  ],
  'programs that take a Secret for a credential or a release': [
    [
      'release',
      'tls.crt',
      'tls.key',
      'ca.key',
      'kubeconfig',
      '.dockercfg',
      '.dockerconfigjson',
      'ssh-privatekey',
    ],
  ],
} as const satisfies Readonly<Record<string, readonly (readonly string[])[]>>;

/** Matches the refused keys of data. */
export const REFUSED_DATA_KEY = anyOf(Object.values(REFUSED_DATA_KEYS).flat(2));

/**
 * Variables of AWS's SDKs. The CRD refuses them, because they choose endpoints, roles, and programs to run.
 * The exceptions only name a place.
 */
export const AWS_KEY = /^AWS_/;
export const HARMLESS_AWS_KEYS = [
  'AWS_DEFAULT_REGION',
  'AWS_BUCKET',
  'AWS_BUCKET_NAME',
  'AWS_S3_BUCKET',
  'AWS_S3_BUCKET_NAME',
  'AWS_STORAGE_BUCKET_NAME',
  'AWS_S3_ADDRESSING_STYLE',
];

/** True if other software acts on labels and annotations of this name. */
export function isReservedName(name: string): boolean {
  return RESERVED_NAME.test(name) && !UNRESERVED_NAME.test(name);
}

/** True if other software trusts a Secret of this name. */
export function isRefusedSecretName(name: string): boolean {
  return REFUSED_SECRET_NAME.test(name);
}

/** True if a runtime, a loader or another program acts on a Secret's key of this name. */
export function isRefusedDataKey(key: string): boolean {
  return REFUSED_DATA_KEY.test(key) || (AWS_KEY.test(key) && !HARMLESS_AWS_KEYS.includes(key));
}

/** Returns an expression for whole names, in which `*` is any text. */
function anyOf(patterns: readonly string[]): RegExp {
  return new RegExp(`^(?:${patterns.map((pattern) => escaped(pattern).replace('*', '.*')).join('|')})$`);
}

function escaped(text: string): string {
  return text.replaceAll('.', '\\.');
}
