/**
 * What the operator's administrator lets AccessKeys write into Secrets. The operator's settings, the chart's values and
 * its ValidatingAdmissionPolicy have the same defaults; a test compares them.
 */

/** Names, and beginnings of names that end in `*`: `team`, `example.com/*`, `*`. */
export type Patterns = readonly string[];

/** The four lists, each of what a Secret of an AccessKey may have. */
export interface SecretAllowList {
  /** For spec.secretName, or the AccessKey's own name. */
  readonly names: Patterns;
  /** For the names in spec.secretTemplate.labels. */
  readonly labels: Patterns;
  /** For the names in spec.secretTemplate.annotations. */
  readonly annotations: Patterns;
  /** For the keys of spec.secretTemplate.data. */
  readonly dataKeys: Patterns;
}

/** The domain of labels and annotations that belong to people: this project owns it, and no program acts on it. */
const CUSTOM = 'custom.accesskeys.dev/*';

/**
 * Defaults. A label or annotation of another default acts on the Secret itself and on those that use it already:
 * - velero.io/exclude-from-backup keeps the Secret out of backups
 * - cnpg.io/reload has database clusters that reference the Secret read it again
 * - reloader.stakater.com/match and ignore say whether workloads that reference the Secret restart when it changes
 * - argocd.argoproj.io/compare-options and sync-options say how Argo CD treats the Secret where it sees it
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

/** True if one of the patterns is this name, or a beginning of it. */
export function isAllowed(name: string, patterns: Patterns): boolean {
  return patterns.some((pattern) =>
    pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern,
  );
}
