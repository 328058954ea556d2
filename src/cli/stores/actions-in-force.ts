import { grantsTo } from '../../accesskey/context/stores.ts';
import { desiredPolicy } from '../../accesskey/policy/desired-policy.ts';
import { evaluateGrants } from '../../accesskey/policy/grants.ts';
import type { AccessKey } from '../../api/schema/accesskey.ts';
import type { StoreObject } from '../../objectstore/store-kinds.ts';
import { accessInForce, EVERY_BUCKET, permissionRows } from '../keys/permissions.ts';
import { CliError } from '../shell/errors.ts';
import type { Kubernetes } from '../shell/kubernetes.ts';
import { knownBySpec, readNamespace, readStoreIfAllowed } from './known.ts';

/** The S3 actions on one bucket and on its objects; `s3:*` on both for an unrestricted key. */
export interface BucketActions {
  readonly bucketName: string;
  readonly bucket: readonly string[];
  readonly objects: readonly string[];
}

/**
 * Returns the S3 actions in force, by the policy that the operator's own rules give; or the reason why they
 * can't be shown, as the end of a sentence.
 */
export async function actionsInForce(
  kubernetes: Kubernetes,
  accessKey: AccessKey,
  signal: AbortSignal,
): Promise<readonly BucketActions[] | string> {
  const { namespace } = accessKey.metadata;
  let store: StoreObject | undefined;
  try {
    store = await readStoreIfAllowed(kubernetes, accessKey.spec.storeRef, namespace, signal);
  } catch (error) {
    if (error instanceof CliError) return error.message;
    throw error;
  }
  if (store === undefined) return 'they depend on the store, and you may not get it';
  const known = knownBySpec(store);
  const labels = await readNamespace(kubernetes, namespace, signal);
  const verdict = evaluateGrants(grantsTo(known, labels), accessInForce(accessKey));
  if (!verdict.granted) return verdict.refusal;
  const cluster = { name: '', uid: '' };
  const { form } = known.observed;
  const policy = desiredPolicy(
    { cluster, accessKey, store: known.observed },
    verdict.access,
    verdict.mayCreate,
    {},
  );
  const rendered = form.render(policy);
  return permissionRows(accessKey)
    .filter(({ inForce }) => inForce.level !== 'none')
    .map(({ bucketName }) =>
      bucketName === EVERY_BUCKET
        ? { bucketName, bucket: ['s3:*'], objects: ['s3:*'] }
        : { bucketName, ...form.actionsOn(rendered, bucketName) },
    );
}
