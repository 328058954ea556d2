/** The version of Kubernetes of a run, and the go.mod that builds it. */

const RELEASE = /^v1\.(\d+)\.(\d+)$/;

/** The oldest minor version that the chart installs on. @param chart the text of Chart.yaml */
export function oldestMinor(chart: string): number {
  const [, minor] = /^kubeVersion: ">=1\.(\d+)\./m.exec(chart) ?? [];
  if (minor === undefined) throw new Error('Chart.yaml names no oldest Kubernetes');
  return Number(minor);
}

/**
 * Returns the versions to try, such as v1.34.4, the first choice first. Prereleases don't count.
 * @param asked `1.34` (its patches, the latest first), `1.34.2` (that one alone), `oldest` or `newest`
 * @param available what the module proxy has
 * @param oldest the oldest minor version that may be chosen
 * @throws Error that says what there is
 */
export function candidateVersions(asked: string, available: readonly string[], oldest: number): string[] {
  const releases = available
    .map((version) => ({ version, parts: RELEASE.exec(version) }))
    .map(({ version, parts }) => ({ version, minor: Number(parts?.[1]), patch: Number(parts?.[2]) }))
    .filter(({ minor }) => minor >= oldest)
    .toSorted((a, b) => a.minor - b.minor || a.patch - b.patch);
  const minor =
    asked === 'oldest' ? releases[0]?.minor : asked === 'newest' ? releases.at(-1)?.minor : undefined;
  const chosen = releases.filter(
    (release) => release.minor === minor || asked === `1.${release.minor}` || `v${asked}` === release.version,
  );
  if (chosen.length > 0) return chosen.map(({ version }) => version).toReversed();
  const choice = [...new Set(releases.map((release) => `1.${release.minor}`))].join(', ');
  throw new Error(`There is no Kubernetes ${asked} to build: choose ${choice}, oldest or newest.`);
}

/** The modules that Kubernetes has in its own tree, which the module proxy has under v0. @param original its go.mod */
function ownModules(original: string): string[] {
  return [...original.matchAll(/^\s+(k8s\.io\/\S+) => \.\/staging\//gm)].map(([, module = '']) => module);
}

/**
 * The modules of Kubernetes' own tree without which a version can't be built, as `k8s.io/api@v0.34.4`. The proxy lacks
 * some of some patches.
 * @param version such as v1.34.4
 * @param original go.mod of k8s.io/kubernetes in that version
 */
export function neededModules(version: string, original: string): string[] {
  return ownModules(original)
    .filter((module) => original.includes(`\t${module} v0.0.0\n`))
    .map((module) => `${module}@${ownVersion(version)}`);
}

const ownVersion = (version: string) => version.replace('v1.', 'v0.');

/**
 * A go.mod that builds programs of a version of Kubernetes.
 * @param version such as v1.34.4
 * @param original go.mod of k8s.io/kubernetes in that version
 */
export function goMod(version: string, original: string, packages: readonly string[]): string {
  const godebug = /^godebug \S+$/m.exec(original)?.[0] ?? '';
  return `module bed/kubernetes

go 1.26.0

${godebug}

tool (
${packages.map((name) => `\t${name}`).join('\n')}
)

require k8s.io/kubernetes ${version}

replace (
${ownModules(original)
  .map((module) => `\t${module} => ${module} ${ownVersion(version)}`)
  .join('\n')}
)
`;
}
