import type { KubeObject } from '../../kube/objects.ts';
import { duration } from '../print/time.ts';
import { about, type Diagnosis } from './finding.ts';

/** The operator's Deployment, as far as it tells how it is. */
export interface Deployment extends KubeObject {
  readonly spec?: {
    readonly replicas?: number;
    readonly template?: { readonly spec?: { readonly containers?: readonly { readonly image?: string }[] } };
  };
  readonly status?: { readonly readyReplicas?: number };
}

/** The Lease by which one replica leads. */
export interface Lease extends KubeObject {
  readonly spec?: {
    readonly holderIdentity?: string;
    readonly renewTime?: string;
    readonly leaseDurationSeconds?: number;
  };
}

/** Checks that the operator's Deployments are ready, and that they are of the plugin's version. */
export function deploymentDiagnoses(deployments: readonly Deployment[], pluginVersion: string): Diagnosis[] {
  const { ok, warning, problem } = about('operator');
  if (deployments.length === 0)
    return [
      warning(
        'no Deployment has the label app.kubernetes.io/name=access-key-operator',
        'install the chart (docs/install.md), unless the operator runs elsewhere: the Lease below says',
      ),
    ];
  return deployments.flatMap(({ metadata, spec, status }) => {
    const name = `Deployment ${metadata.namespace}/${metadata.name}`;
    const [wanted, ready] = [spec?.replicas ?? 1, status?.readyReplicas ?? 0];
    const image = spec?.template?.spec?.containers?.[0]?.image ?? '';
    const tag = /:([^:/@]+)(@|$)/.exec(image)?.[1];
    return [
      ready === 0
        ? problem(
            `${name} has no ready replica of ${wanted}`,
            `kubectl -n ${metadata.namespace} describe deployment ${metadata.name}, and the logs of its pods`,
          )
        : ready < wanted
          ? warning(
              `${name} has ${ready} ready replicas of ${wanted}`,
              `kubectl -n ${metadata.namespace} get pods -l app.kubernetes.io/name=access-key-operator`,
            )
          : ok(`${name} has ${ready} ready replicas of ${wanted}`),
      ...(tag !== undefined && /^\d+\.\d+\.\d+$/.test(tag) && tag !== pluginVersion
        ? [
            warning(
              `${name} runs version ${tag}, and this plugin is of ${pluginVersion}`,
              'use the plugin of the same version: check and policy follow its rules',
            ),
          ]
        : []),
    ];
  });
}

/** Checks that somebody leads, by the operator's Leases. @param now in ms since 1970 */
export function leaseDiagnoses(leases: readonly Lease[], now: number): Diagnosis[] {
  const { ok, warning, problem } = about('leader');
  if (leases.length === 0)
    return [
      warning(
        'there is no Lease access-key-operator: no replica has ever led, or election is off',
        "look at the operator's log; with several replicas set --leader-elect, and give it the chart's Role for Leases",
      ),
    ];
  return leases.map(({ metadata, spec = {} }) => {
    const { holderIdentity, renewTime, leaseDurationSeconds = 15 } = spec;
    const age = now - (Date.parse(renewTime ?? '') || 0);
    const name = `Lease ${metadata.namespace}/${metadata.name}`;
    if (!holderIdentity)
      return problem(
        `nobody holds ${name}: the leader gave it back`,
        'check whether the operator has running pods',
      );
    return age > 2 * leaseDurationSeconds * 1_000
      ? problem(
          `${holderIdentity} holds ${name}, and has not renewed it for ${duration(age)}`,
          'check whether the operator has running pods, and whether they reach the API server',
        )
      : ok(`${holderIdentity} leads, by ${name}`);
  });
}
