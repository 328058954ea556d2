/** The manifest by which krew installs the plugin (krew.sigs.k8s.io, "Plugin manifest"). */
import { stringify } from 'yaml';

/** An archive of a release. */
export interface Archive {
  /** As Node names platforms: `linux-x64`. */
  readonly target: string;
  readonly file: string;
  readonly sha256: string;
}

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

/**
 * Makes the manifest.
 * @param url the URL of the release's files, without the file's name
 */
export function krewManifest(version: string, url: string, archives: readonly Archive[]): string {
  const manifest = {
    apiVersion: 'krew.googlecontainertools.github.com/v1alpha2',
    kind: 'Plugin',
    metadata: { name: 'accesskey' },
    spec: {
      version: `v${version}`,
      homepage: url.replace(/\/releases\/.*$/, ''),
      shortDescription: 'List, create, change and revoke S3 access keys',
      description:
        'Access keys of S3 stores as Kubernetes objects (access-key-operator): lists them with their permissions, creates them by flags or by questions, changes and revokes them, gives a pair to a shell or a tool, tries a key at the store, and reviews manifests in CI.\n',
      caveats:
        'The operator has to be installed in the cluster: kubectl accesskey doctor says whether it is.\n',
      platforms: archives.map(({ target, file, sha256 }) => {
        const [os = '', architecture = ''] = target.split('-');
        return {
          selector: { matchLabels: { os, arch: ARCHITECTURES[architecture] ?? architecture } },
          uri: `${url}/${file}`,
          sha256,
          files: [
            { from: 'kubectl-accesskey', to: '.' },
            { from: 'LICENSE', to: '.' },
            { from: 'NODE-LICENSE', to: '.' },
            { from: 'THIRD-PARTY-LICENSES.txt', to: '.' },
          ],
          bin: 'kubectl-accesskey',
        };
      }),
    },
  };
  return stringify(manifest, { lineWidth: 0 });
}
