/** Checks and remarks before a revocation. */
import type { AccessKey } from '../../api/schema/accesskey.ts';
import { isForbidden } from '../../kube/errors.ts';
import { CliError } from '../shell/errors.ts';
import { EXIT } from '../shell/exit-codes.ts';
import type { Kubernetes } from '../shell/kubernetes.ts';
import { publishedSecretOf } from './facts.ts';
import { podsReading } from './pods.ts';

/** Checks that deleting the object ends the key. @throws CliError if it would leave the key at work */
export function refuseToRetain({ metadata: { namespace, name }, spec }: AccessKey): void {
  if (spec.deletionPolicy !== 'Retain') return;
  throw new CliError(
    EXIT.refused,
    `deletionPolicy of ${namespace}/${name} is Retain: deleting the object leaves user, policy and Secret at work`,
    `set deletionPolicy: Delete first, or stop the key with kubectl accesskey disable ${name}`,
  );
}

/** Lists the pods that hold the pair, as far as the user may look. */
export async function podsSentence(
  kubernetes: Kubernetes,
  accessKey: AccessKey,
  signal: AbortSignal,
): Promise<string> {
  try {
    const pods = await podsReading(kubernetes, publishedSecretOf(accessKey), signal);
    if (pods.length === 0) return 'no running pod of the namespace reads the Secret';
    const more = pods.length > 10 ? ` and ${pods.length - 10} more` : '';
    return `these pods read the Secret: ${pods.slice(0, 10).join(', ')}${more}`;
  } catch (error) {
    if (!isForbidden(error)) throw error;
    return 'which pods read the Secret is not known: you may not list pods';
  }
}
