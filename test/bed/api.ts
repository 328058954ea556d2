/** A small client of a bed's API server with the administrator's rights, for tests. */
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { parseAllDocuments } from 'yaml';
import { type Changes, createChanges } from './changes.ts';
import { createPauses } from './patience.ts';

/** The number of reads before a wait opens a watch: a watch costs as much as some reads, and most waits end sooner. */
const LOOKS_BEFORE_WATCH = 8;
/** The interval of reads beside the watch, in ms: a watch misses what changed while it was being opened. */
const LOOK_MS = 1_000;

/** Names one object. */
export interface Ref {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

interface Metadata {
  name: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  finalizers?: string[];
  ownerReferences?: { apiVersion: string; kind: string; name: string; uid: string; controller?: boolean }[];
  creationTimestamp?: string;
  deletionTimestamp?: string;
}

export interface Condition {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  reason?: string;
  message?: string;
}

/** An object as the API server shows it; its parts beyond the metadata are the test's to know. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: Metadata;
  spec?: Record<string, unknown>;
  status?: { conditions?: Condition[]; [field: string]: unknown };
  data?: Record<string, string>;
  [field: string]: unknown;
}

/** The API server refused: `message` is its own sentence. */
export class ApiError extends Error {
  readonly status: number;
  readonly reason: string;
  constructor(status: number, reason: string, message: string) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.reason = reason;
  }
}

const PATCH_TYPES = {
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
  apply: 'application/apply-patch+yaml',
} as const;

export interface Api {
  /** One request by its path; the parsed answer. @throws ApiError for any status of 400 and above */
  request<T = unknown>(method: string, path: string, body?: unknown, contentType?: string): Promise<T>;
  /** Returns the object, or undefined if there is none. */
  get(ref: Ref): Promise<KubeObject | undefined>;
  /** Returns true if the object exists. Tests ask this of a Secret, so that a failure doesn't print it. */
  exists(ref: Ref): Promise<boolean>;
  list(of: {
    apiVersion: string;
    kind: string;
    namespace?: string;
    labelSelector?: string;
  }): Promise<KubeObject[]>;
  create(object: Ref & Record<string, unknown>): Promise<KubeObject>;
  /** Server-side apply, forced; the field manager is "test" by default. */
  apply(object: Ref & Record<string, unknown>, options?: { fieldManager?: string }): Promise<KubeObject>;
  /** Applies every document of a YAML text. */
  applyYaml(text: string): Promise<KubeObject[]>;
  applyFile(path: string): Promise<KubeObject[]>;
  /** An object is a merge patch, a list a JSON patch. @param options.subresource "status" */
  patch(ref: Ref, patch: object, options?: { subresource?: string }): Promise<KubeObject>;
  /** Removing the absent is success. @param options.uid only this very object */
  delete(
    ref: Ref,
    options?: { uid?: string; propagationPolicy?: 'Foreground' | 'Background' | 'Orphan' },
  ): Promise<void>;
  /**
   * Reads an object until the condition holds for it, undefined while there is none: several times a second at first,
   * and then when it has changed.
   * @returns what the condition returned
   * @throws Error that says what was waited for and what was seen last (of a Secret the names of its keys only)
   */
  waitFor<T>(
    ref: Ref,
    what: string,
    condition: (object: KubeObject | undefined) => T | undefined | false,
    options?: { timeoutMs?: number },
  ): Promise<T>;
  /** Waits until the object is gone. */
  waitGone(ref: Ref, options?: { timeoutMs?: number }): Promise<void>;
  close(): Promise<void>;
}

interface Discovered {
  readonly plural: string;
  readonly namespaced: boolean;
}

/** Returns an object as a failed wait shows it: everything but a Secret's values. */
function shown(object: KubeObject | undefined): string {
  if (object === undefined) return 'no such object';
  const { metadata, data, stringData: _, ...rest } = object;
  const { managedFields: __, ...meta } = metadata as Metadata & { managedFields?: unknown };
  const contents = data === undefined ? {} : { data: object.kind === 'Secret' ? Object.keys(data) : data };
  return JSON.stringify({ ...rest, metadata: meta, ...contents }, undefined, 1);
}

/**
 * Makes the client.
 * @param server https://HOST:PORT
 * @param token a bearer token
 * @param caPem the certificates to trust
 */
export function createApi({ server, token, caPem }: { server: string; token: string; caPem: string }): Api {
  const dispatcher = new Agent({ connect: { ca: caPem } });
  const kinds = new Map<string, Discovered>();

  async function send<T>(
    method: string,
    path: string,
    body?: unknown,
    contentType = 'application/json',
  ): Promise<T> {
    const answer = await request(`${server}${path}`, {
      dispatcher,
      method,
      headers: { authorization: `Bearer ${token}`, accept: 'application/json', 'content-type': contentType },
      body: body === undefined ? null : JSON.stringify(body),
    });
    const text = await answer.body.text();
    if (answer.statusCode < 400) return JSON.parse(text);
    const status: { reason?: string; message?: string } = text.startsWith('{')
      ? JSON.parse(text)
      : { message: text };
    throw new ApiError(answer.statusCode, status.reason ?? '', status.message ?? '');
  }

  /** Asks again if a kind isn't known yet: a CRD may have come meanwhile. */
  async function discover(apiVersion: string, kind: string): Promise<Discovered> {
    const key = `${apiVersion}/${kind}`;
    const prefix = apiVersion.includes('/') ? '/apis' : '/api';
    for (let attempt = 0; !kinds.has(key) && attempt < 40; attempt += 1) {
      if (attempt > 0) await sleep(50);
      const list = await send<{ resources: { kind: string; name: string; namespaced: boolean }[] }>(
        'GET',
        `${prefix}/${apiVersion}`,
      ).catch((error: unknown) => {
        if (error instanceof ApiError && error.status === 404) return { resources: [] };
        throw error;
      });
      for (const { kind: found, name, namespaced } of list.resources) {
        if (!name.includes('/')) kinds.set(`${apiVersion}/${found}`, { plural: name, namespaced });
      }
    }
    const known = kinds.get(key);
    if (known === undefined) throw new Error(`the API server has no ${kind} of ${apiVersion}`);
    return known;
  }

  async function collection(apiVersion: string, kind: string, namespace?: string): Promise<string> {
    const { plural, namespaced } = await discover(apiVersion, kind);
    const place = namespaced && namespace !== undefined ? `/namespaces/${namespace}` : '';
    return `${apiVersion.includes('/') ? '/apis' : '/api'}/${apiVersion}${place}/${plural}`;
  }

  async function pathOf({
    apiVersion,
    kind,
    metadata: { name, namespace = 'default' },
  }: Ref): Promise<string> {
    return `${await collection(apiVersion, kind, namespace)}/${name}`;
  }

  const changesOf = createChanges(async (path, signal) => {
    const { statusCode, body } = await request(`${server}${path}?watch=true`, {
      dispatcher,
      headers: { authorization: `Bearer ${token}` },
      bodyTimeout: 0,
      signal,
    });
    if (statusCode !== 200) throw new Error(`the watch is answered ${statusCode}`);
    return body.setEncoding('utf8');
  });

  /**
   * The object again, from the API server's memory, which takes a third of the CPU of a read of etcd.
   * @param seen what was seen of it before: the answer isn't older
   */
  async function lookAgain(ref: Ref, seen: KubeObject): Promise<KubeObject | undefined> {
    const path = `${await pathOf(ref)}?resourceVersion=${seen.metadata.resourceVersion}`;
    return absentOr(send<KubeObject>('GET', path)).catch((error: unknown) => {
      // Its memory is behind etcd by more than it waits for.
      if (error instanceof ApiError && error.status === 504) return api.get(ref);
      throw error;
    });
  }

  /** Lists and discovery leave the kind out; a fixed order of calls needs no care about it. */
  async function absentOr<T>(call: Promise<T>): Promise<T | undefined> {
    return call.catch((error: unknown) => {
      if (error instanceof ApiError && error.status === 404) return undefined;
      throw error;
    });
  }

  const api: Api = {
    request: send,
    get: async (ref) => absentOr(send<KubeObject>('GET', await pathOf(ref))),
    exists: async (ref) => (await api.get(ref)) !== undefined,
    async list({ apiVersion, kind, namespace, labelSelector }) {
      const query = labelSelector === undefined ? '' : `?labelSelector=${encodeURIComponent(labelSelector)}`;
      const path = `${await collection(apiVersion, kind, namespace)}${query}`;
      const { items } = await send<{ items: KubeObject[] }>('GET', path);
      return items.map((item) => ({ ...item, apiVersion, kind }));
    },
    async create(object) {
      const { namespace = 'default' } = object.metadata;
      return send(
        'POST',
        `${await collection(object.apiVersion, object.kind, namespace)}?fieldManager=test`,
        object,
      );
    },
    async apply(object, { fieldManager = 'test' } = {}) {
      const path = `${await pathOf(object)}?fieldManager=${encodeURIComponent(fieldManager)}&force=true`;
      return send('PATCH', path, object, PATCH_TYPES.apply);
    },
    async applyYaml(text) {
      const applied: KubeObject[] = [];
      for (const document of parseAllDocuments(text)) {
        const object: (Ref & Record<string, unknown>) | null = document.toJS();
        if (object !== null) applied.push(await api.apply(object));
      }
      return applied;
    },
    applyFile: async (path) => api.applyYaml(await readFile(path, 'utf8')),
    async patch(ref, patch, { subresource } = {}) {
      const path = `${await pathOf(ref)}${subresource === undefined ? '' : `/${subresource}`}?fieldManager=test`;
      return send('PATCH', path, patch, Array.isArray(patch) ? PATCH_TYPES.json : PATCH_TYPES.merge);
    },
    async delete(ref, { uid, propagationPolicy = 'Background' } = {}) {
      const preconditions = uid === undefined ? {} : { preconditions: { uid } };
      await absentOr(send('DELETE', await pathOf(ref), { propagationPolicy, ...preconditions }));
    },
    async waitFor(ref, what, condition, { timeoutMs = 30_000 } = {}) {
      const deadline = performance.now() + timeoutMs;
      const pause = createPauses();
      const { name, namespace = 'default' } = ref.metadata;
      const place = await collection(ref.apiVersion, ref.kind, namespace);
      let changes: Changes | undefined;
      let seen: KubeObject | undefined;
      try {
        for (let looks = 1; ; looks += 1) {
          // Before the look: what changes after it is heard.
          if (looks > LOOKS_BEFORE_WATCH || changesOf.areHeard(place)) changes ??= changesOf.of(place, name);
          seen = await (seen === undefined ? api.get(ref) : lookAgain(ref, seen));
          const result = condition(seen);
          if (result !== undefined && result !== false) return result;
          const leftMs = deadline - performance.now();
          if (leftMs < 0) {
            const title = [ref.metadata.namespace, name].filter(Boolean).join('/');
            throw new Error(
              `${ref.kind} ${title}: not ${what} within ${timeoutMs} ms; last seen: ${shown(seen)}`,
            );
          }
          await (changes?.areHeard ? changes.next(Math.min(LOOK_MS, leftMs)) : pause());
        }
      } finally {
        changes?.leave();
      }
    },
    async waitGone(ref, options) {
      await api.waitFor(ref, 'gone', (object) => object === undefined, options);
    },
    close: () => dispatcher.destroy(),
  };
  return api;
}
