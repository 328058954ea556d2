/**
 * Does what a kubelet does for the chart's pods: runs their programs as their ServiceAccounts, with their arguments.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { KubeObject, Ref } from '../../bed/api.ts';
import { ask } from '../../bed/ask.ts';
import type { Bed } from '../../bed/bed.ts';
import { type Operator, startOperator } from '../../bed/operator.ts';

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
}

interface Container {
  readonly command?: readonly string[];
  readonly args: readonly string[];
  readonly env?: readonly {
    name: string;
    value?: string;
    valueFrom?: { fieldRef?: { fieldPath: string } };
  }[];
  readonly livenessProbe?: Probe;
  readonly readinessProbe?: Probe;
}

/** The parts of a pod's spec that are looked at here. */
interface PodSpec {
  readonly serviceAccountName: string;
  readonly containers: readonly Container[];
}

/** Returns Node's options in the image, before the operator's file. */
const NODE_FLAGS: readonly string[] = (() => {
  const dockerfile = readFileSync(join(import.meta.dirname, '..', '..', '..', 'Dockerfile'), 'utf8');
  const entrypoint: string[] = JSON.parse(/^ENTRYPOINT (.*)$/m.exec(dockerfile)?.[1] ?? '[]');
  return entrypoint.filter((argument) => argument.startsWith('--'));
})();

/** Starts the program of a pod's first container; its files are looked for in the bundle's folder. */
async function startPod(
  bed: Bed,
  pod: { namespace: string; name: string; spec: PodSpec },
  bundle: string,
): Promise<Operator> {
  const { namespace, name, spec } = pod;
  const [container] = spec.containers;
  if (container === undefined) throw new Error('the pod has no container');
  const account = { namespace, name: spec.serviceAccountName };
  const ref = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: account };
  if ((await bed.api.get(ref)) === undefined)
    throw new Error(`the chart made no ServiceAccount ${account.name}`);
  const fields: Record<string, string> = { 'metadata.name': name, 'metadata.namespace': namespace };
  const env = Object.fromEntries(
    (container.env ?? []).map(({ name: variable, value, valueFrom }) => [
      variable,
      value ?? fields[valueFrom?.fieldRef?.fieldPath ?? ''] ?? '',
    ]),
  );
  const expand = (text: string) =>
    text.replaceAll(/\$\((\w+)\)/g, (whole, variable) => env[variable] ?? whole);
  const [program, file = 'main.mjs'] = container.command ?? ['node'];
  if (program !== 'node') throw new Error(`the image has no ${program}`);
  return startOperator({
    bed,
    kubeconfig: await bed.kubeconfig({ serviceAccount: account, namespace }),
    entry: join(bundle, basename(file)),
    // Pods have addresses of their own; here several programs share one.
    args: container.args
      .map(expand)
      .map((argument) => argument.replace(/^--(http|probe)-address=.*/, '--$1-address=127.0.0.1:0')),
    env: { ...env, NODE_COMPILE_CACHE: join(bundle, 'cache') },
    execArgv: NODE_FLAGS,
  });
}

/** Starts one pod of a Deployment that the API server has; resolves when it is ready and its probes say so. */
export async function startDeployed(bed: Bed, deployment: Ref, bundle: string): Promise<Operator> {
  const found = await bed.api.get(deployment);
  if (found === undefined) throw new Error(`there is no Deployment ${deployment.metadata.name}`);
  const { template } = found.spec as { template: { spec: PodSpec } };
  const { namespace = 'default', name } = deployment.metadata;
  const pod = { namespace, name: `${name}-${randomBytes(3).toString('hex')}`, spec: template.spec };
  const operator = await startPod(bed, pod, bundle);
  await operator.ready;
  const { livenessProbe, readinessProbe } = template.spec.containers[0] ?? ({} as Partial<Container>);
  for (const probe of [livenessProbe, readinessProbe]) {
    if (probe === undefined) throw new Error('the container lacks a probe');
    if (probe.httpGet.port !== 'probes') throw new Error('a probe uses the port that everybody may use');
    const { status } = await ask((await operator.probeUrl) + probe.httpGet.path);
    if (status !== 200) throw new Error(`${probe.httpGet.path} answers ${status}`);
  }
  return operator;
}

/**
 * Waits for a pod that somebody makes, runs it to its end, and tells the API server how it ended. @returns what it said
 */
export async function runPod(bed: Bed, ref: Ref, bundle: string): Promise<string> {
  const pod = await bed.api.waitFor(ref, 'there', (object) => object as KubeObject & { spec: PodSpec });
  const { namespace = 'default', name } = ref.metadata;
  const program = await startPod(bed, { namespace, name, spec: pod.spec }, bundle);
  const { code } = await program.exited;
  const status = { phase: code === 0 ? 'Succeeded' : 'Failed' };
  await bed.api.patch(ref, { status }, { subresource: 'status' });
  return program.output.join('\n');
}
