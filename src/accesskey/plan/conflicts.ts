import { GROUP } from '../../api/names.ts';
import type { AccessKey } from '../../api/schema/accesskey.ts';
import { isExactlyOurs } from '../../ownership/attached-to.ts';
import { decodeMark, ownershipOf } from '../../ownership/mark.ts';
import type { Observed } from '../observe/observed.ts';
import { controllerOf, type SecretFacts, secretNameOf } from '../secret/facts.ts';
import { holderOf } from './holder.ts';
import { removeLeftovers } from './removals.ts';
import { blocked, type Plan } from './step.ts';

/** Returns the plan for a Secret that belongs to somebody else, so the operator can publish nothing. */
export function secretConflictOf(o: Observed): Plan | undefined {
  if (o.secret?.ownership !== 'foreign') return undefined;
  if (isLeftBehind(o.secret.facts, o.accessKey)) {
    const why = 'it belongs to an earlier AccessKey of this name, which is gone';
    return {
      ...blocked('SecretConflict', `Secret ${secretNameOf(o.accessKey)} is removed, because ${why}`),
      steps: [{ do: 'removeSecret', secret: o.secret, why }],
    };
  }
  const { accessKeyId, previousKeys = [] } = o.accessKey.status;
  const kept = [
    accessKeyId,
    ...previousKeys.map((key) => key.accessKeyId),
    ...o.elsewhere.map(({ pair }) => pair?.accessKeyId),
  ];
  return {
    ...blocked(
      'SecretConflict',
      `Secret ${secretNameOf(o.accessKey)} exists and is not this AccessKey's${holderOf(o.secret)}; remove it, or set spec.secretName to another name`,
    ),
    // Another object has the name, so no late publish can succeed there.
    steps: removeLeftovers(
      o,
      kept.filter((id) => id !== undefined),
    ),
  };
}

/**
 * True if the Secret's controller was an earlier AccessKey of this name. That AccessKey is gone, because a
 * new one has its name, and its Secret goes with it. Kubernetes' garbage collector removes such a Secret,
 * unless the owner was deleted and made again while the collector's watch was cut.
 */
function isLeftBehind({ metadata }: SecretFacts, { metadata: { name, uid } }: AccessKey): boolean {
  const controller = controllerOf(metadata);
  return (
    controller?.kind === 'AccessKey' &&
    controller.apiVersion.startsWith(`${GROUP}/`) &&
    controller.name === name &&
    controller.uid !== uid
  );
}

/** Returns why the operator may not write or remove the policy, if there is a reason. */
export function policyConflictOf(
  o: Pick<Observed, 'accessKey' | 'policy' | 'cluster' | 'policyName' | 'store' | 'attached' | 'users'>,
): Plan | undefined {
  const mark = o.policy && decodeMark(o.policy.mark);
  if (mark && ownershipOf(mark, o.cluster, o.accessKey.metadata.uid) === 'otherCluster') {
    return blocked(
      'StoreConflict',
      `policy ${o.policyName} in ${o.store.title} belongs to another cluster (${mark.clusterUid}) of the same name; ` +
        'give each cluster that uses the store its own cluster name (--cluster-name)',
    );
  }
  if (o.attached && o.attached.groups.length > 0) {
    return blocked('StoreConflict', `a group has policy ${o.policyName} attached; detach it from the group`);
  }
  const mixed = o.attached?.users.find((id) => !isExactlyOurs(o.users.get(id), o.policyName));
  if (mixed === undefined) return undefined;
  return blocked(
    'StoreConflict',
    `user ${mixed} has policy ${o.policyName} and also other policies or a group; detach either from the user`,
  );
}
