import type { AccessKey } from '../../api/schema/accesskey.ts';
import { isAlreadyExists, isForbidden, isInvalid } from '../../kube/errors.ts';
import { CliError, type Explained, explain } from '../shell/errors.ts';
import { EXIT } from '../shell/exit-codes.ts';
import type { Kubernetes } from '../shell/kubernetes.ts';
import type { Terminal } from '../shell/terminal.ts';
import type { AccessKeyManifest } from './new-key.ts';
import { readPublishedPair } from './pair.ts';
import { inForce, waitFor } from './wait.ts';
import { CLI_FIELD_MANAGER, progressOptions } from './write-change.ts';

/** Options of `createKey`. */
export interface CreateOptions {
  readonly wait?: true;
  /** Implies waiting: there is no secret before the pair works. */
  readonly showSecret?: true;
  readonly timeout: number;
}

/**
 * Creates the key, waits for it and shows its secret, as far as that is asked for. @throws KubeError,
 * CliError
 */
export async function createKey(
  kubernetes: Kubernetes,
  terminal: Terminal,
  manifest: AccessKeyManifest,
  options: CreateOptions,
): Promise<void> {
  const { name, namespace } = manifest.metadata;
  await postKey(kubernetes, manifest, { dryRun: false, signal: terminal.signal });
  terminal.print(`accesskey/${name} created`);
  if (!options.wait && !options.showSecret) return;
  const scope = { ...kubernetes, namespace };
  const ready = await waitFor(scope, name, inForce, progressOptions(terminal, options));
  if (ready === undefined) return;
  terminal.say(
    `in force: key id ${ready.status.accessKeyId}, Secret ${namespace}/${ready.status.binding?.name}`,
  );
  if (options.showSecret) await showSecretOnce(scope, terminal, ready);
}

/** Sends the manifest; of a dry run the API server and its admission policies answer, and nothing is kept. */
export async function postKey(
  { accessKeys }: Pick<Kubernetes, 'accessKeys'>,
  manifest: AccessKeyManifest,
  { dryRun, signal }: { readonly dryRun: boolean; readonly signal: AbortSignal },
): Promise<AccessKey> {
  const { name, namespace } = manifest.metadata;
  try {
    // What is left out gets its default from the API server.
    return await accessKeys.create(manifest as Parameters<typeof accessKeys.create>[0], {
      fieldManager: CLI_FIELD_MANAGER,
      dryRun,
      signal,
    });
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    throw new CliError(
      EXIT.refused,
      `there is an access key ${name} in namespace ${namespace} already`,
      `choose another name, or change that one: kubectl accesskey show ${name} -n ${namespace}`,
    );
  }
}

/** Asks whether the API server, with its admission policies, would refuse the manifest; undefined if not. */
export async function refusalOf(
  kubernetes: Pick<Kubernetes, 'accessKeys'>,
  manifest: AccessKeyManifest,
  signal: AbortSignal,
): Promise<Refusal | undefined> {
  try {
    await postKey(kubernetes, manifest, { dryRun: true, signal });
    return undefined;
  } catch (error) {
    if (!isInvalid(error) && !isForbidden(error) && !(error instanceof CliError)) throw error;
    const fields = error instanceof CliError ? ['metadata.name'] : error.causes.map(({ field }) => field);
    return { ...explain(error), fields };
  }
}

/** An answer of the API server that is no. */
export interface Refusal extends Explained {
  /** The fields that it names, as paths. */
  readonly fields: readonly string[];
}

/** Shows a pair on the terminal, once. Later it is only in the Secret. */
export async function showSecretOnce(
  kubernetes: Kubernetes,
  terminal: Terminal,
  accessKey: AccessKey,
): Promise<void> {
  const { pair, secretName } = await readPublishedPair(kubernetes, accessKey, terminal.signal);
  terminal.print(`access key id      ${pair.accessKeyId}`);
  terminal.print(`secret access key  ${pair.secretAccessKey}`);
  terminal.say(`The Secret ${secretName} keeps it; kubectl accesskey env gives it to a shell.`);
}
