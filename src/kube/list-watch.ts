import type { ListWatch, WatchEvent, WatchOptions } from '../runtime/list-watch.ts';
import type { KubeList, ListQuery, Selection } from './calls.ts';
import type { KubeClient, KubeRequest } from './client.ts';
import { isForbidden, isGone, isInvalid, KubeError } from './errors.ts';
import type { KubeObject } from './objects.ts';
import { errorOfStatus } from './status.ts';

/**
 * The maximum size of a page, in bytes. It fits some objects of the API server's maximum size, of which a
 * tenant may make hundreds. A usual page has one MiB.
 */
const MAX_PAGE_BYTES = 16 * 2 ** 20;

/**
 * One line of a watch (meta/v1 WatchEvent). The object of a BOOKMARK has only a version, and that of an ERROR
 * is a Status.
 */
interface RawEvent {
  readonly type: string;
  readonly object: unknown;
}

/** Makes the source of a reflector from a resource's list and the path of its collection. */
export function createListWatch<T extends KubeObject>({
  client,
  list,
  path,
  plural,
  selection,
}: {
  readonly client: KubeClient;
  readonly list: (query: ListQuery) => Promise<KubeList<T>>;
  readonly path: string;
  readonly plural: string;
  readonly selection: Selection;
}): ListWatch<T> {
  const { labelSelector, fieldSelector } = selection;
  const about = `watch ${plural}`;

  async function* events(
    from: KubeRequest['query'],
    { timeoutSeconds, idleTimeoutMs, signal }: WatchOptions,
  ) {
    const query = {
      watch: true,
      allowWatchBookmarks: true,
      ...from,
      timeoutSeconds,
      labelSelector,
      fieldSelector,
    };
    for await (const line of client.stream({ method: 'GET', path, query, signal, idleTimeoutMs, about })) {
      yield toEvent<T>(line, about);
    }
  }

  return {
    async list(options) {
      const { items, metadata } = await list({ ...selection, ...options, maxBytes: MAX_PAGE_BYTES });
      return { items, resourceVersion: metadata.resourceVersion, continue: metadata.continue || undefined };
    },
    watch: ({ resourceVersion, ...options }) => events({ resourceVersion }, options),
    streamList: (options) =>
      events({ sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan' }, options),
    isExpired: isGone,
    // An API server refuses what it doesn't know of a watch's options, by 422.
    isWithoutStreams: (error) => isInvalid(error) || isForbidden(error),
    isTooLarge: (error) => error instanceof KubeError && error.kind === 'tooLarge',
    isSilent: (error) => error instanceof KubeError && (error.kind === 'idle' || error.kind === 'timeout'),
    isForbidden,
  };
}

/**
 * Parses a line of a watch.
 * @throws KubeError from an ERROR event, or `malformed`
 */
function toEvent<T extends KubeObject>(line: unknown, about: string): WatchEvent<T> {
  const { type, object } = (typeof line === 'object' && line !== null ? line : {}) as Partial<RawEvent>;
  if (type === 'ERROR') throw errorOfStatus({ about }, 0, object);
  const version = (object as KubeObject | undefined)?.metadata?.resourceVersion;
  if (typeof version !== 'string') throw new KubeError('malformed', `${about}: an event without an object`);
  switch (type) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED':
      return { type, object: object as T };
    case 'BOOKMARK':
      return { type, resourceVersion: version, endsList: endsList(object as KubeObject) };
    default:
      throw new KubeError('malformed', `${about}: an event of an unknown type`);
  }
}

/** True for the bookmark after the last initial event (meta/v1 InitialEventsAnnotationKey). */
function endsList({ metadata }: KubeObject): boolean {
  return metadata.annotations?.['k8s.io/initial-events-end'] === 'true';
}
