import { whatStops } from '../keys/change.ts';
import { labelOf } from '../keys/facts.ts';
import { getKey } from '../keys/get.ts';
import { gitOpsOwner } from '../keys/owner.ts';
import { podsSentence, refuseToRetain } from '../keys/revoke.ts';
import { CliError, explain } from '../shell/errors.ts';
import { EXIT } from '../shell/exit-codes.ts';
import type { Call } from './call.ts';
import { readRevocation } from './forms.ts';
import type { Failure, RevocationView } from './protocol.ts';

/** Says what a revocation ends, before anybody confirms it. */
export async function revocationOf(call: Call): Promise<RevocationView> {
  const kubernetes = { ...call.kubernetes, namespace: call.namespace };
  const accessKey = await getKey(kubernetes, call.name, call.signal);
  let refusal: Failure | undefined;
  try {
    refuseToRetain(accessKey);
  } catch (error) {
    refusal = explain(error);
  }
  return {
    uid: accessKey.metadata.uid,
    label: labelOf(accessKey),
    stops: [...whatStops(accessKey), await podsSentence(kubernetes, accessKey, call.signal)],
    owner: gitOpsOwner(accessKey.metadata),
    refusal: refusal && { cause: refusal.cause, remedy: refusal.remedy },
  };
}

/** Revokes the key whose label was typed. @throws CliError if it isn't that one, or GitOps manages it */
export async function revoke(call: Call): Promise<object> {
  const { uid, label } = readRevocation(call.body);
  const kubernetes = { ...call.kubernetes, namespace: call.namespace };
  const accessKey = await getKey(kubernetes, call.name, call.signal);
  refuseToRetain(accessKey);
  const owner = gitOpsOwner(accessKey.metadata);
  if (owner)
    throw new CliError(
      EXIT.refused,
      `${owner.tool} (${owner.source}) manages this key, and would make it anew`,
      'remove its manifest from Git',
    );
  if (accessKey.metadata.uid !== uid || labelOf(accessKey) !== label)
    throw new CliError(EXIT.no, 'the label is not that of this key', 'type it as it is shown');
  await kubernetes.accessKeys.delete(call.name, call.namespace, { uid, signal: call.signal });
  return {};
}
