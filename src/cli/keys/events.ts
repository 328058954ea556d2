import type { AccessKey } from '../../api/schema/accesskey.ts';
import type { KubeObject } from '../../kube/objects.ts';
import { kubeResource } from '../../kube/resource.ts';
import type { Kubernetes } from '../shell/kubernetes.ts';
import { listAll } from './list.ts';

/** The part of a core/v1 Event that commands read. */
interface CoreEvent extends KubeObject {
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly count?: number;
  readonly series?: { readonly count?: number; readonly lastObservedTime?: string } | null;
  readonly eventTime?: string | null;
  readonly lastTimestamp?: string | null;
}

/** An Event about a key, the newest first. */
export interface KeyEvent {
  readonly at: string;
  readonly warning: boolean;
  readonly reason: string;
  readonly message: string;
  readonly count: number;
}

/**
 * Returns the Events about an AccessKey that the cluster still has. @throws KubeError if the user may not
 * list them
 */
export async function keyEvents(
  { client }: Kubernetes,
  { metadata }: AccessKey,
  signal?: AbortSignal,
): Promise<KeyEvent[]> {
  const events = kubeResource<CoreEvent>({
    client,
    group: '',
    version: 'v1',
    plural: 'events',
    namespaced: true,
  });
  const fieldSelector = `involvedObject.kind=AccessKey,involvedObject.uid=${metadata.uid}`;
  const all = await listAll(events, {
    namespace: metadata.namespace,
    fieldSelector,
    ...(signal && { signal }),
  });
  return all.map(read).sort((a, b) => (a.at < b.at ? 1 : -1));
}

function read({ type, reason = '', message = '', count, series, ...event }: CoreEvent): KeyEvent {
  return {
    at:
      series?.lastObservedTime ?? event.lastTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp,
    warning: type === 'Warning',
    reason,
    message,
    count: series?.count ?? count ?? 1,
  };
}
