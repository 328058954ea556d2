/** Labels and annotations by which software that is in many clusters acts on a Secret: each is a door of its own. */

export interface Door {
  readonly what: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export const DOORS: readonly Door[] = [
  { what: "Helm's releases", labels: { owner: 'helm', name: 'web', status: 'deployed', version: '3' } },
  { what: "Helm's adoption", annotations: { 'meta.helm.sh/release-name': 'web' } },
  { what: 'HNC', labels: { 'hnc.x-k8s.io/inherited-from': 'parent' } },
  { what: "HNC's propagation", annotations: { 'propagate.hnc.x-k8s.io/all': 'true' } },
  { what: 'Cluster API', labels: { 'cluster.x-k8s.io/cluster-name': 'prod' } },
  { what: "Cluster API's move", labels: { 'clusterctl.cluster.x-k8s.io/move': '' } },
  { what: "Kyverno's clones", labels: { 'generate.kyverno.io/clone-source': '' } },
  { what: "cert-manager's injection", annotations: { 'cert-manager.io/allow-direct-injection': 'true' } },
  { what: "Grafana's sidecar", labels: { grafana_dashboard: '1', grafana_datasource: '1' } },
  { what: 'Istio', labels: { 'istio/multiCluster': 'true' } },
  { what: "Istio's clusters", annotations: { 'networking.istio.io/cluster': 'prod' } },
  { what: 'Jenkins', labels: { 'jenkins.io/credentials-type': 'usernamePassword' } },
  { what: "Argo CD's credentials", labels: { 'argocd.argoproj.io/secret-type': 'cluster' } },
  { what: "Argo CD's tracking", annotations: { 'argocd.argoproj.io/tracking-id': 'web:/Secret:shop/x' } },
  { what: 'sealed-secrets', labels: { 'sealedsecrets.bitnami.com/sealed-secrets-key': 'active' } },
  { what: 'Tekton', annotations: { 'tekton.dev/git-0': 'https://example.com' } },
  { what: 'Crossplane', labels: { 'secret.crossplane.io/owner-uid': 'x' } },
  { what: 'Rancher', labels: { 'cattle.io/creator': 'norman' } },
  { what: "Flux's pruning", labels: { 'kustomize.toolkit.fluxcd.io/name': 'apps' } },
  { what: 'OpenShift', annotations: { 'service.beta.openshift.io/originating-service-name': 'x' } },
  { what: 'Reflector', annotations: { 'reflector.v1.k8s.emberstack.com/reflection-auto-enabled': 'true' } },
  { what: 'Prometheus', labels: { prometheus: 'main' } },
];
