/**
 * An operator as the chart describes it for its values: with its ServiceAccount, its roles and its arguments, and
 * nothing else.
 */
import { randomBytes } from 'node:crypto';
import { helmOf, IMAGE, type Values } from '../../acceptance/chart/helm.ts';
import type { KubeObject, Ref } from '../../bed/api.ts';
import { type Operator, startOperator } from '../../bed/operator.ts';
import { type FaultProxy, type RequestRecord, startProxy } from '../../bed/proxy.ts';
import type { Fixtures } from './fixtures.ts';

export interface Installed {
  /** The release's own namespace. */
  readonly home: string;
  /** The objects of the chart. */
  readonly objects: readonly KubeObject[];
  /** Between its operators and the API server. */
  readonly api: FaultProxy;
  /** Starts a pod of it, with the arguments that the chart gives it and some more, and waits until it is ready. */
  start(...more: readonly string[]): Promise<Operator>;
  /** The same, as soon as its process runs. */
  launch(...more: readonly string[]): Promise<Operator>;
  /** Returns the requests for which it lacked the right. */
  refused(): RequestRecord[];
  /** Removes what was applied; operators are ended by the fixtures. */
  remove(): Promise<void>;
}

const KINDS = [
  ...['ServiceAccount', 'Role', 'RoleBinding', 'ClusterRole', 'ClusterRoleBinding'],
  ...['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding'],
];

/**
 * Applies the roles of a release and what keeps them, in a namespace of its own, and nothing else of it: CRDs and the
 * rest are the bed's.
 */
export async function install(fixtures: Fixtures, values: Values): Promise<Installed> {
  const { bed } = fixtures;
  const home = await fixtures.namespace('release');
  const helm = await helmOf(bed);
  const all = await helm.template('keys', home, {
    ...IMAGE,
    crds: { install: false },
    admissionPolicy: { enabled: false },
    ...values,
    rbac: { aggregate: false, ...(values['rbac'] as object | undefined) },
  });
  const objects = all.filter(
    ({ kind, metadata }) => KINDS.includes(kind) && metadata.annotations?.['helm.sh/hook'] === undefined,
  );
  for (const object of objects) await bed.api.apply(object as Ref & Record<string, unknown>);
  const deployment = all.find(({ kind }) => kind === 'Deployment')?.spec as unknown as {
    template: { spec: { serviceAccountName: string; containers: { args: string[] }[] } };
  };
  const { serviceAccountName, containers } = deployment.template.spec;
  const args = containers[0]?.args ?? [];
  const api = await startProxy(bed.server, { ca: bed.caPem });
  const kubeconfig = () =>
    bed.kubeconfig({
      serviceAccount: { namespace: home, name: serviceAccountName },
      server: api.url,
      namespace: home,
    });
  const options = async (more: readonly string[]) => {
    const pod = `keys-${randomBytes(3).toString('hex')}`;
    const own = args
      .map((argument) => argument.replace('$(POD_NAME)', pod))
      .map((argument) => argument.replace(/^--(http|probe)-address=.*/, '--$1-address=127.0.0.1:0'));
    return { kubeconfig: await kubeconfig(), args: [...own, ...more] };
  };
  return {
    home,
    objects,
    api,
    start: async (...more) => fixtures.operator(await options(more)),
    launch: async (...more) => startOperator({ bed, ...(await options(more)) }),
    refused: () => api.requests.filter(({ status }) => status === 403),
    async remove() {
      await api.close();
      for (const object of objects) await bed.api.delete(object);
    },
  };
}
