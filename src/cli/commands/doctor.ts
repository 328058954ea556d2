import { lookup } from 'node:dns/promises';
import type { Command } from 'commander';
import { isForbidden, isNotFound } from '../../kube/errors.ts';
import { ignoreNotFound } from '../../kube/ignore-not-found.ts';
import type { KubeObject } from '../../kube/objects.ts';
import { kubeResource } from '../../kube/resource.ts';
import { ofClusterObjectStore, ofObjectStore, type StoreObject } from '../../objectstore/store-kinds.ts';
import { OPERATOR_VERSION } from '../../version.ts';
import { addressingDiagnoses } from '../doctor/addressing.ts';
import { definitionDiagnoses, type InstalledCrd } from '../doctor/definitions.ts';
import { about, type Diagnosis } from '../doctor/finding.ts';
import { keyDiagnoses } from '../doctor/keys.ts';
import { type Deployment, deploymentDiagnoses, type Lease, leaseDiagnoses } from '../doctor/operator.ts';
import { mayI, rightDiagnoses } from '../doctor/rights.ts';
import { grantDiagnoses, storeDiagnoses } from '../doctor/stores.ts';
import { listAll } from '../keys/list.ts';
import { plain } from '../print/plain.ts';
import { missingRight } from '../shell/errors.ts';
import { EXIT } from '../shell/exit-codes.ts';
import { type ClusterFlags, type Kubernetes, withKubernetes } from '../shell/kubernetes.ts';
import { clusterOptions, outputOption } from '../shell/options.ts';
import type { Terminal } from '../shell/terminal.ts';

interface Flags extends ClusterFlags {
  readonly output?: 'json';
}

const NAME = 'access-key-operator';

/** Returns the command `doctor`: it says what is wrong with the installation, and what to do. */
export function doctorCommand(
  program: Command,
  terminal: Terminal,
  setExitCode: (code: number) => void,
): void {
  const command = program
    .command('doctor')
    .summary('find what is wrong with the operator, stores and keys, and what to do')
    .description(
      'Looks at the CRDs, the operator and its leader, versions, your rights, the stores, grants that match nothing, orphaned users, keys that are not Ready, and how SDKs address buckets. It changes nothing, and says of each finding what to do. What you may not read it names.',
    )
    .addHelpText(
      'after',
      '\nExit codes: 0 nothing is wrong, 3 there is a problem.\n\nExample:\n  kubectl accesskey doctor',
    );
  outputOption(clusterOptions(command), ['json']).action(async (flags: Flags) =>
    setExitCode(await withKubernetes(terminal, flags, (kubernetes) => doctor(kubernetes, flags, terminal))),
  );
}

async function doctor(kubernetes: Kubernetes, { output }: Flags, terminal: Terminal): Promise<number> {
  const found: Diagnosis[] = [];
  for await (const some of examinations(kubernetes, terminal)) {
    found.push(...some);
    if (output !== 'json') for (const diagnosis of some) show(diagnosis, terminal);
  }
  if (output === 'json') terminal.print(JSON.stringify(found, undefined, 2));
  const count = (state: Diagnosis['state']) => found.filter((diagnosis) => diagnosis.state === state).length;
  const problems = count('problem');
  terminal.say(`${problems} problems, ${count('warning')} warnings, ${count('unknown')} not known`);
  return problems > 0 ? EXIT.no : EXIT.ok;
}

async function* examinations(kubernetes: Kubernetes, terminal: Terminal): AsyncGenerator<Diagnosis[]> {
  const { client, clusterStores, namespacedStores, namespaces, accessKeys, namespace } = kubernetes;
  const { signal, now } = terminal;
  const look = (topic: string, read: () => Promise<Diagnosis[]>) => allowed(topic, read);

  yield await look('API server', () => serverVersion(kubernetes, signal));
  yield await look('CRDs', async () => {
    const { customResourceDefinitions } = await import('../../api/schema/crd.ts');
    const wanted = customResourceDefinitions();
    const crds = kubeResource<InstalledCrd>({
      ...{ client, group: 'apiextensions.k8s.io', version: 'v1' },
      ...{ plural: 'customresourcedefinitions', namespaced: false },
    });
    const installed = await Promise.all(
      wanted.map(async ({ metadata: { name } }) => {
        const crd = await ignoreNotFound(crds.get(name, undefined, { signal }));
        return [name, crd] as const;
      }),
    );
    return definitionDiagnoses(wanted, new Map(installed), OPERATOR_VERSION);
  });
  yield await look('operator', async () => {
    const labelSelector = `app.kubernetes.io/name=${NAME}`;
    const deployments = resource<Deployment>(client, 'apps', 'deployments');
    return deploymentDiagnoses(await listAll(deployments, { labelSelector, signal }), OPERATOR_VERSION);
  });
  yield await look('leader', async () => {
    const leases = resource<Lease>(client, 'coordination.k8s.io', 'leases');
    const found = await listAll(leases, { fieldSelector: `metadata.name=${NAME}`, signal });
    return leaseDiagnoses(found, now());
  });
  yield await look('your rights', () => rightDiagnoses((right) => mayI(client, right, signal), namespace));
  const all: StoreObject[] = [];
  yield await look('stores', async () => {
    const cluster = await listAll(clusterStores, { signal });
    const own = await listAll(namespacedStores, { signal });
    all.push(...cluster.map(ofClusterObjectStore), ...own.map(ofObjectStore));
    return storeDiagnoses(all);
  });
  yield await look('grants', async () => {
    const labeled = (await listAll(namespaces, { signal })).map(({ metadata: { name, labels = {} } }) => ({
      name,
      labels,
    }));
    return grantDiagnoses(all, labeled);
  });
  yield await look('keys', async () => keyDiagnoses(await listAll(accessKeys, { signal })));
  yield await addressingDiagnoses(all, async (host) => {
    try {
      await lookup(host);
      return true;
    } catch {
      return false;
    }
  });
}

function resource<T extends KubeObject>(client: Kubernetes['client'], group: string, plural: string) {
  return kubeResource<T>({ client, group, version: 'v1', plural, namespaced: true });
}

/**
 * Returns what a check finds, or that the user may not read it. The check of the CRDs reports a missing kind.
 */
async function allowed(topic: string, read: () => Promise<Diagnosis[]>): Promise<Diagnosis[]> {
  try {
    return await read();
  } catch (error) {
    if (isNotFound(error)) return [];
    if (!isForbidden(error)) throw error;
    const right = missingRight(error) ?? 'read that';
    return [about(topic).unknown(`not checked: you may not ${right}`, 'ask somebody who may to run it')];
  }
}

const MIN_MINOR = 32;

async function serverVersion({ client }: Kubernetes, signal: AbortSignal): Promise<Diagnosis[]> {
  const { ok, warning } = about('API server');
  const { gitVersion, minor } = await client.request<{ gitVersion: string; minor: string }>({
    ...{ method: 'GET', path: '/version', about: 'get the version', signal },
  });
  return [
    Number.parseInt(minor, 10) < MIN_MINOR
      ? warning(
          `Kubernetes ${gitVersion} is older than the operator is made for`,
          `upgrade it to 1.${MIN_MINOR} or later`,
        )
      : ok(`Kubernetes ${gitVersion}`),
  ];
}

const COLORS = { ok: 'green', warning: 'yellow', problem: 'red', unknown: 'dim' } as const;

function show({ state, topic, message, remedy }: Diagnosis, { print, paint }: Terminal): void {
  print(`${paint(COLORS[state], state.padEnd(7))}  ${topic}: ${plain(message)}`);
  if (remedy !== undefined) print(`         ${plain(remedy)}`);
}
