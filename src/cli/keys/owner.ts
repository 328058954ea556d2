/** The tool that keeps an object in Git, by the labels and annotations that each tool writes. */
import { plain } from '../print/plain.ts';

/** A tool that writes the object back to what Git, or a chart, says. */
export interface GitOpsOwner {
  readonly tool: 'Argo CD' | 'Flux' | 'Helm';
  /** The tool's own object: `Application shop`, `Kustomization apps/shop`, `release shop`. */
  readonly source: string;
}

interface Marked {
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/**
 * Returns the tool that manages an object; undefined if no label or annotation says so. Flux' labels come
 * before Helm's, since Flux installs releases too. Other tools also write Argo CD's default label,
 * app.kubernetes.io/instance. It counts only if no label says that Helm manages the object.
 */
export function gitOpsOwner({ labels = {}, annotations = {} }: Marked): GitOpsOwner | undefined {
  for (const [domain, kind] of [
    ['kustomize.toolkit.fluxcd.io', 'Kustomization'],
    ['helm.toolkit.fluxcd.io', 'HelmRelease'],
  ] as const) {
    const name = labels[`${domain}/name`];
    if (name !== undefined)
      return { tool: 'Flux', source: plain(`${kind} ${labels[`${domain}/namespace`] ?? ''}/${name}`) };
  }
  const tracking = annotations['argocd.argoproj.io/tracking-id'] ?? labels['argocd.argoproj.io/instance'];
  if (tracking !== undefined)
    return { tool: 'Argo CD', source: plain(`Application ${tracking.split(':')[0]}`) };
  const release = annotations['meta.helm.sh/release-name'];
  if (labels['app.kubernetes.io/managed-by'] === 'Helm' || release !== undefined)
    return {
      tool: 'Helm',
      source: plain(`release ${release ?? labels['app.kubernetes.io/instance'] ?? ''}`),
    };
  const instance = labels['app.kubernetes.io/instance'];
  if (instance !== undefined && labels['app.kubernetes.io/managed-by'] === undefined)
    return { tool: 'Argo CD', source: plain(`Application ${instance}`) };
  return undefined;
}
