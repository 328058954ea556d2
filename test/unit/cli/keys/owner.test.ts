import { expect, test } from 'vitest';
import { gitOpsOwner } from '../../../../src/cli/keys/owner.ts';

test.each([
  [{}, undefined],
  [
    { annotations: { 'argocd.argoproj.io/tracking-id': 'shop:accesskeys.dev/AccessKey:shop/photos' } },
    'Argo CD Application shop',
  ],
  [{ labels: { 'argocd.argoproj.io/instance': 'shop' } }, 'Argo CD Application shop'],
  [{ labels: { 'app.kubernetes.io/instance': 'shop' } }, 'Argo CD Application shop'],
  [
    {
      labels: {
        'kustomize.toolkit.fluxcd.io/name': 'shop',
        'kustomize.toolkit.fluxcd.io/namespace': 'flux-system',
      },
    },
    'Flux Kustomization flux-system/shop',
  ],
  [
    {
      labels: {
        'app.kubernetes.io/managed-by': 'Helm',
        'helm.toolkit.fluxcd.io/name': 'shop',
        'helm.toolkit.fluxcd.io/namespace': 'apps',
      },
    },
    'Flux HelmRelease apps/shop',
  ],
  [
    {
      labels: { 'app.kubernetes.io/managed-by': 'Helm', 'app.kubernetes.io/instance': 'x' },
      annotations: { 'meta.helm.sh/release-name': 'shop' },
    },
    'Helm release shop',
  ],
  // Somebody's own labels, as Kubernetes recommends them.
  [{ labels: { 'app.kubernetes.io/managed-by': 'terraform', 'app.kubernetes.io/instance': 'x' } }, undefined],
])('%j is managed by %s', (metadata, expected) => {
  const owner = gitOpsOwner(metadata);
  expect(owner && `${owner.tool} ${owner.source}`).toBe(expected);
});
