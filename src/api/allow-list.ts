/**
 * The names that the operator's administrator lets AccessKeys write into Secrets. The operator's settings,
 * the chart's values and its ValidatingAdmissionPolicy have the same defaults. A test compares them.
 */

/** Names, and beginnings of names that end in `*`: `team`, `example.com/*`, `*`. */
export type Patterns = readonly string[];

/** The four lists of what a Secret of an AccessKey may have. */
export interface SecretAllowList {
  /** The names allowed in spec.secretName, or as the AccessKey's own name. */
  readonly names: Patterns;
  /** The label names allowed in spec.secretTemplate.labels. */
  readonly labels: Patterns;
  /** The annotation names allowed in spec.secretTemplate.annotations. */
  readonly annotations: Patterns;
  /** The keys allowed in spec.secretTemplate.data. */
  readonly dataKeys: Patterns;
}

/** The domain of people's labels and annotations. This project owns it, and no program acts on it. */
const CUSTOM = 'custom.accesskeys.dev/*';

/**
 * The default lists. Each label or annotation of another domain acts only on the Secret itself and on those
 * that use it already:
 * - velero.io/exclude-from-backup keeps the Secret out of backups
 * - cnpg.io/reload makes database clusters that reference the Secret read it again
 * - reloader.stakater.com/match and ignore say whether workloads that reference the Secret restart when it
 *   changes
 * - argocd.argoproj.io/compare-options and sync-options say how Argo CD treats the Secret if it sees it
 */
export const DEFAULT_ALLOW_LIST: SecretAllowList = {
  names: ['*'],
  labels: [CUSTOM, 'velero.io/exclude-from-backup', 'cnpg.io/reload'],
  annotations: [
    CUSTOM,
    'reloader.stakater.com/match',
    'reloader.stakater.com/ignore',
    'argocd.argoproj.io/compare-options',
    'argocd.argoproj.io/sync-options',
  ],
  dataKeys: ['*'],
};

/** True if one of the patterns is this name or a beginning of it. */
export function isAllowed(name: string, patterns: Patterns): boolean {
  return patterns.some((pattern) =>
    pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern,
  );
}
