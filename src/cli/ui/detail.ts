import { requestedAccess } from '../../accesskey/policy/access.ts';
import { API_VERSION } from '../../api/names.ts';
import type { AccessKey } from '../../api/schema/accesskey.ts';
import { isForbidden } from '../../kube/errors.ts';
import { keyEvents } from '../keys/events.ts';
import { publishedSecretOf } from '../keys/facts.ts';
import { getKey } from '../keys/get.ts';
import { inWords, levelText, permissionRows, sameLevel } from '../keys/permissions.ts';
import { yamlOf } from '../print/objects.ts';
import type { Kubernetes } from '../shell/kubernetes.ts';
import { actionsInForce } from '../stores/actions-in-force.ts';
import type { Call } from './call.ts';
import type { EventView, KeyDetail, PermissionView } from './protocol.ts';
import { rowOf } from './rows.ts';

const MAX_EVENTS = 20;

/** Reads one key, whole, without its secret. */
export async function detailOf(call: Call): Promise<KeyDetail> {
  const kubernetes = { ...call.kubernetes, namespace: call.namespace };
  const accessKey = await getKey(kubernetes, call.name, call.signal);
  const [actions, events] = await Promise.all([
    actionsInForce(kubernetes, accessKey, call.signal),
    eventsOf(kubernetes, accessKey, call.signal),
  ]);
  const { spec, status } = accessKey;
  const { interval, gracePeriod } = spec.rotation ?? {};
  const asked = requestedAccess(spec);
  return {
    row: rowOf(accessKey),
    generation: accessKey.metadata.generation ?? 0,
    secretName: publishedSecretOf(accessKey),
    issuedAt: status?.issuedAt ?? '',
    rotation: interval ? `every ${interval}, the old pair still works for ${gracePeriod ?? '24h'}` : '',
    previous: status?.previousKeys ?? [],
    retained: spec.deletionPolicy === 'Retain',
    unrestricted: typeof asked !== 'string' && asked.kind === 'unrestricted',
    entries: spec.bucketAccess ?? [],
    storeRef: spec.storeRef,
    permissions: permissionViews(accessKey),
    actions,
    events,
    yaml: yamlOf(manifestOf(accessKey)),
  };
}

function permissionViews(accessKey: AccessKey): PermissionView[] {
  return permissionRows(accessKey).map(({ bucketName, asked, inForce }) => ({
    bucketName,
    asked: levelText(asked),
    inForce: levelText(inForce),
    same: sameLevel(asked, inForce),
    words: inWords(inForce),
  }));
}

async function eventsOf(
  kubernetes: Kubernetes,
  accessKey: AccessKey,
  signal: AbortSignal,
): Promise<readonly EventView[] | string> {
  try {
    return (await keyEvents(kubernetes, accessKey, signal)).slice(0, MAX_EVENTS);
  } catch (error) {
    if (!isForbidden(error)) throw error;
    return `you may not list events in namespace ${kubernetes.namespace}`;
  }
}

/** The object as a person would keep it in Git: without what servers and tools have written. */
function manifestOf({ metadata: { name, namespace }, spec }: AccessKey): object {
  return { apiVersion: API_VERSION, kind: 'AccessKey', metadata: { name, namespace }, spec };
}
