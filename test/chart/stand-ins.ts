import type { Ref } from '../bed/api.ts';

/**
 * Stands in for the Prometheus operator's CRDs, which aren't here: the kinds, and of their fields those that the chart
 * may write. What a field may hold is not checked by it.
 */
function standIn(plural: string, kind: string, fields: readonly string[]): Ref & Record<string, unknown> {
  const anything = { 'x-kubernetes-preserve-unknown-fields': true };
  const properties = Object.fromEntries(fields.map((field) => [field, anything]));
  const spec = { type: 'object', properties };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.monitoring.coreos.com` },
    spec: {
      group: 'monitoring.coreos.com',
      names: { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase() },
      scope: 'Namespaced',
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: 'object', properties: { spec } } },
        },
      ],
    },
  };
}

export const STAND_INS: readonly (Ref & Record<string, unknown>)[] = [
  standIn('prometheusrules', 'PrometheusRule', ['groups']),
  standIn('servicemonitors', 'ServiceMonitor', ['namespaceSelector', 'selector', 'endpoints']),
];
