/** Real policies and webhooks by which the API server refuses the operator's requests in one namespace. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Ref } from '../../bed/api.ts';
import type { Bed } from '../../bed/bed.ts';

type Verb = 'CREATE' | 'UPDATE' | 'DELETE';

/** The refused requests: verbs on Secrets, or on another resource. */
export interface Refused {
  readonly verbs: readonly Verb[];
  readonly resources?: readonly string[];
  readonly group?: string;
}

/** A refusal in force; `end` takes it away and waits until it is. */
export interface Refusal {
  readonly name: string;
  end(): Promise<void>;
}

const ADMISSION = 'admissionregistration.k8s.io/v1';
/** The API server takes a policy or a webhook in by a watch. */
const TAKEN_IN_MS = 15_000;

const rulesOf = ({ verbs, resources = ['secrets'], group = '' }: Refused) => [
  { apiGroups: [group], apiVersions: ['*'], operations: [...verbs], resources: [...resources] },
];
const inNamespace = (namespace: string) => ({ matchLabels: { 'kubernetes.io/metadata.name': namespace } });

/** A ValidatingAdmissionPolicy that denies it to everybody but the administrator. */
export async function denyByPolicy(bed: Bed, namespace: string, refused: Refused): Promise<Refusal> {
  const name = `refuse-${randomBytes(3).toString('hex')}`;
  const kinds = { policy: 'ValidatingAdmissionPolicy', binding: 'ValidatingAdmissionPolicyBinding' };
  const refs = Object.values(kinds).map((kind): Ref => ({ apiVersion: ADMISSION, kind, metadata: { name } }));
  await bed.api.create({
    apiVersion: ADMISSION,
    kind: kinds.policy,
    metadata: { name },
    spec: {
      matchConstraints: {
        namespaceSelector: inNamespace(namespace),
        resourceRules: rulesOf(refused),
      },
      validations: [
        {
          expression: `request.userInfo.groups.exists(g, g == 'system:masters') && request.dryRun != true`,
          message: 'the test says no',
        },
      ],
    },
  });
  await bed.api.create({
    apiVersion: ADMISSION,
    kind: kinds.binding,
    metadata: { name },
    spec: { policyName: name, validationActions: ['Deny'] },
  });
  return refusal(bed, name, refs);
}

/** A webhook that has to be asked and doesn't answer: everything that it is asked of fails with 500. */
export async function webhookAway(bed: Bed, namespace: string, refused: Refused): Promise<Refusal> {
  const name = `away-${randomBytes(3).toString('hex')}`;
  const ref: Ref = { apiVersion: ADMISSION, kind: 'ValidatingWebhookConfiguration', metadata: { name } };
  await bed.api.create({
    ...ref,
    webhooks: [
      {
        name: `${name}.example.com`,
        clientConfig: { url: 'https://127.0.0.1:1/validate' },
        rules: rulesOf(refused),
        namespaceSelector: inNamespace(namespace),
        failurePolicy: 'Fail',
        sideEffects: 'None',
        timeoutSeconds: 2,
        admissionReviewVersions: ['v1'],
      },
    ],
  });
  return refusal(bed, name, [ref]);
}

/** A ResourceQuota that leaves no room. */
export async function quota(
  bed: Bed,
  namespace: string,
  hard: Readonly<Record<string, string>>,
): Promise<Refusal> {
  const name = `full-${randomBytes(3).toString('hex')}`;
  const ref: Ref = { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { namespace, name } };
  await bed.api.create({ ...ref, spec: { hard } });
  await bed.api.waitFor(ref, 'counted', (seen) => seen?.status?.['used'] !== undefined);
  return refusal(bed, name, [ref]);
}

async function refusal(bed: Bed, name: string, refs: readonly Ref[]): Promise<Refusal> {
  // Nothing in the API tells that every replica of the API server has taken it in: there is one.
  await sleep(TAKEN_IN_MS / 5);
  return {
    name,
    async end() {
      for (const ref of refs) await bed.api.delete(ref);
      for (const ref of refs) await bed.api.waitGone(ref, { timeoutMs: TAKEN_IN_MS });
    },
  };
}
