import type { ListWatch } from '../runtime/list-watch.ts';
import type {
  CallOptions,
  DeleteOptions,
  KubeList,
  ListQuery,
  PatchOptions,
  Selection,
  WriteOptions,
} from './calls.ts';
import type { KubeClient, KubeRequest } from './client.ts';
import { createListWatch } from './list-watch.ts';
import type { KubeObject, NewObject } from './objects.ts';
import { sensitiveValues } from './status.ts';

/**
 * The calls of one resource. A failed call throws a `KubeError`. There is no replace: an object read here may
 * lack fields of a newer API, and a replace would remove them.
 */
export interface KubeResource<T extends KubeObject> {
  get(name: string, namespace?: string, options?: CallOptions): Promise<T>;
  list(query?: ListQuery): Promise<KubeList<T>>;
  /** Creates the object in `metadata.namespace`. */
  create(object: NewObject<T>, options?: WriteOptions): Promise<T>;
  /** Merges the body into the object (RFC 7386). */
  patch(name: string, namespace: string | undefined, body: unknown, options?: PatchOptions): Promise<T>;
  delete(name: string, namespace: string | undefined, options?: DeleteOptions): Promise<void>;
  /** Returns the source of a reflector that caches the selected objects. */
  listWatch(selection?: Selection): ListWatch<T>;
}

/** The names of a resource in the API, and the client for it. */
export interface ResourceOptions {
  readonly client: KubeClient;
  /** '' for the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly namespaced: boolean;
}

const MERGE_PATCH = 'application/merge-patch+json';

/** Makes the calls of one resource. The paths are those of kubernetes.io, "Kubernetes API Concepts". */
export function kubeResource<T extends KubeObject>(options: ResourceOptions): KubeResource<T> {
  const { client, group, version, plural, namespaced } = options;
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;

  function collection(namespace: string | undefined): string {
    return namespace === undefined
      ? `${root}/${plural}`
      : `${root}/namespaces/${segment(namespace)}/${plural}`;
  }

  /**
   * Returns the path of one object. An empty part would make it the path of the whole collection, even for a
   * delete.
   */
  function path(name: string, namespace: string | undefined): string {
    if (namespaced !== (namespace !== undefined)) {
      throw new TypeError(`${plural} ${namespaced ? 'need a' : 'have no'} namespace`);
    }
    return `${collection(namespace)}/${segment(name)}`;
  }

  function segment(part: string): string {
    if (part === '' || part === '.' || part === '..')
      throw new TypeError(`${JSON.stringify(part)} names no object of ${plural}`);
    return encodeURIComponent(part);
  }

  const about = (verb: string, name: string, namespace?: string) =>
    `${verb} ${plural} ${namespace === undefined ? name : `${namespace}/${name}`}`;

  const common = ({ signal, timeoutMs }: CallOptions): Pick<KubeRequest, 'signal' | 'timeoutMs'> => ({
    signal,
    ...(timeoutMs !== undefined && { timeoutMs }),
  });

  const written = (body: unknown): Pick<KubeRequest, 'body' | 'sensitive'> =>
    plural === 'secrets' && group === '' ? { body, sensitive: sensitiveValues(body) } : { body };

  const writeQuery = ({ fieldManager, dryRun }: WriteOptions) => ({
    fieldManager,
    dryRun: dryRun ? 'All' : undefined,
  });

  async function list(query: ListQuery = {}): Promise<KubeList<T>> {
    const {
      namespace,
      labelSelector,
      fieldSelector,
      limit,
      continue: token,
      resourceVersion,
      maxBytes,
    } = query;
    return client.request({
      ...common(query),
      method: 'GET',
      path: collection(namespace),
      query: { labelSelector, fieldSelector, limit, continue: token, resourceVersion },
      ...(maxBytes !== undefined && { maxBytes }),
      about: `list ${plural}${namespace === undefined ? '' : ` in ${namespace}`}`,
    });
  }

  return {
    list,
    async get(name, namespace, options = {}) {
      return client.request({
        ...common(options),
        method: 'GET',
        path: path(name, namespace),
        about: about('get', name, namespace),
      });
    },
    async create(object, options = {}) {
      const { name, generateName, namespace } = object.metadata;
      if (namespaced !== (namespace !== undefined)) {
        throw new TypeError(`${plural} ${namespaced ? 'need a' : 'have no'} namespace`);
      }
      return client.request({
        ...common(options),
        ...written(object),
        method: 'POST',
        path: collection(namespace),
        query: writeQuery(options),
        about: about('create', name ?? `${generateName}*`, namespace),
      });
    },
    async patch(name, namespace, body, options = {}) {
      const { subresource } = options;
      return client.request({
        ...common(options),
        ...written(body),
        method: 'PATCH',
        path: path(name, namespace) + (subresource === undefined ? '' : `/${subresource}`),
        query: writeQuery(options),
        contentType: MERGE_PATCH,
        about: about(subresource === undefined ? 'patch' : `patch ${subresource} of`, name, namespace),
      });
    },
    async delete(name, namespace, options = {}) {
      const { uid, resourceVersion } = options;
      await client.request({
        ...common(options),
        method: 'DELETE',
        path: path(name, namespace),
        body: { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid, resourceVersion } },
        about: about('delete', name, namespace),
      });
    },
    listWatch: (selection = {}) =>
      createListWatch({ client, list, path: collection(selection.namespace), plural, selection }),
  };
}
