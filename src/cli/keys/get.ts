import type { AccessKey } from '../../api/schema/accesskey.ts';
import { isNotFound } from '../../kube/errors.ts';
import { CliError } from '../shell/errors.ts';
import { EXIT } from '../shell/exit-codes.ts';
import type { Kubernetes } from '../shell/kubernetes.ts';

/** Reads an AccessKey of the command's namespace. @throws CliError if there is none */
export async function getKey(
  { accessKeys, namespace }: Kubernetes,
  name: string,
  signal?: AbortSignal,
): Promise<AccessKey> {
  try {
    return await accessKeys.get(name, namespace, { signal });
  } catch (error) {
    // An answer without the object's name is about the kind: the CRDs are missing.
    if (!isNotFound(error) || !error.message.includes('"')) throw error;
    throw new CliError(
      EXIT.notFound,
      `there is no access key ${name} in namespace ${namespace}`,
      'kubectl accesskey list -A shows all of them; -n names another namespace',
    );
  }
}
