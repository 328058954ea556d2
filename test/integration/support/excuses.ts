import { secretNameOf } from '../../../src/accesskey/secret/facts.ts';
import { ANNOTATION_PREVIOUS_KEYS } from '../../../src/api/names.ts';
import type { AccessKey } from '../../../src/api/schema/accesskey.ts';
import { decodeMark } from '../../../src/ownership/mark.ts';
import { type Cluster, policyName } from '../../../src/ownership/names.ts';
import type { MinioStore } from '../../../src/provider/minio/admin.ts';
import type { Api, KubeObject } from '../../bed/api.ts';
import { accessKeyRef, secretRef } from './refs.ts';

/** A pair that an application was refused with, and the AccessKey whose Secret held it. */
export interface Refused {
  /** `namespace/name` */
  readonly key: string;
  /** The AccessKey's uid; undefined if its Secret had no owner. */
  readonly uid: string | undefined;
  readonly accessKeyId: string;
  /** The time of the refusal, in ms since 1970. */
  readonly at: number;
}

const REFUSALS =
  /^(AccessDenied|AllAccessDisabled|InvalidAccessKeyId|SignatureDoesNotMatch|InvalidToken|ExpiredToken)$/;

/**
 * True if a store's answer means that it refuses the pair. Other failures don't, such as a server that starts or is
 * away.
 */
export function isRefusal(outcome: string): boolean {
  return REFUSALS.test(outcome);
}

/** The maximum number of replaced pairs that may live at the same time (rule 1). */
const MAX_PREVIOUS = 3;

/**
 * Returns why an application was rightly refused. Returns undefined if nothing in Kubernetes says that the pair
 * shouldn't work. Call it immediately after the refusal.
 */
export async function excuseFor(api: Api, refused: Refused): Promise<string | undefined> {
  const [namespace = '', name = ''] = refused.key.split('/');
  const object = await api.get(accessKeyRef(namespace, name));
  if (!object) return 'there is no AccessKey';
  const accessKey = object as unknown as AccessKey;
  const { spec, status, metadata } = accessKey;
  if (refused.uid !== undefined && refused.uid !== metadata.uid) return 'it is another AccessKey';
  if (metadata.deletionTimestamp) return 'its AccessKey is being deleted';
  if (spec.disabled) return 'its AccessKey is disabled';
  if (spec.expiresAt !== undefined && Date.parse(spec.expiresAt) <= refused.at) return 'it has expired';
  const ready = status.conditions?.find(({ type }) => type === 'Ready');
  if (ready?.status === 'False' && ready.reason !== 'StoreUnreachable') return `not ready: ${ready.reason}`;
  const secret = await api.get(secretRef(namespace, secretNameOf(accessKey)));
  if (!secret) return 'there is no Secret';
  const current = Buffer.from(secret.data?.['AWS_ACCESS_KEY_ID'] ?? '', 'base64').toString();
  if (current === refused.accessKeyId) return undefined;
  const previous = previousIn(secret);
  const revokeAt = previous.find(({ accessKeyId }) => accessKeyId === refused.accessKeyId)?.revokeAt;
  if (revokeAt !== undefined) return Date.parse(revokeAt) <= refused.at ? 'its grace is over' : undefined;
  if (spec.rotation?.gracePeriod === '0s') return 'it was replaced without grace';
  return previous.length >= MAX_PREVIOUS ? 'it was replaced too often' : undefined;
}

/**
 * Returns why the store refuses the pair of a key that was disabled a moment ago: its own record says that the key is
 * still disabled, since the operator could not enable it yet.
 */
export async function notYetEnabled(
  admin: Pick<MinioStore, 'getPolicy'>,
  cluster: Cluster,
  { key }: Pick<Refused, 'key'>,
): Promise<string | undefined> {
  const [namespace = '', name = ''] = key.split('/');
  const policy = await admin.getPolicy(policyName(cluster, namespace, name));
  return policy && decodeMark(policy.id)?.flags.has('disabled')
    ? 'it was disabled, and is not enabled yet'
    : undefined;
}

function previousIn(secret: KubeObject): { accessKeyId: string; revokeAt: string }[] {
  return JSON.parse(secret.metadata.annotations?.[ANNOTATION_PREVIOUS_KEYS] ?? '[]');
}
