/** Requests that ask the API server whether it takes an object, mostly by a dry run, which leaves nothing behind. */
import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import { API_VERSION } from '../../../src/api/names.ts';
import { ApiError } from '../../bed/api.ts';
import { bedContext } from './bed-context.ts';

export type Json = Record<string, unknown>;

/** The API server's answer; the message is '' if it accepted the object. */
export interface Answer {
  readonly status: number;
  readonly body: Json;
  readonly message: string;
}

const { bed, namespace: makeNamespace } = await bedContext();
const namespace = await makeNamespace('admission');

export const keys = `/apis/${API_VERSION}/namespaces/${namespace}/accesskeys`;
export const objectStores = `/apis/${API_VERSION}/namespaces/${namespace}/objectstores`;
export const stores = `/apis/${API_VERSION}/clusterobjectstores`;

/** Tried, not done; a field that the schema doesn't have is refused, as kubectl has it. */
export const DRY = 'dryRun=All&fieldValidation=Strict';

export const photos = { bucketName: 'photos', permissions: 'read_write' };

export const store = {
  endpoint: 'https://minio.storage.svc:9000',
  credentialsRef: { namespace: 'storage', name: 'minio-admin' },
  grants: [{ namespaces: { all: true }, buckets: ['*'] }],
};

/** Sends one request, and returns the answer even if it is refused. */
export async function request(
  method: string,
  path: string,
  body?: Json,
  contentType?: string,
): Promise<Answer> {
  try {
    return { status: 200, body: await bed.api.request<Json>(method, path, body, contentType), message: '' };
  } catch (error) {
    if (error instanceof ApiError) return { status: error.status, body: {}, message: error.message };
    throw error;
  }
}

/** Asks for a key with this spec. Tried, not done. */
export function createKey(spec: Json, name = 'probe'): Promise<Answer> {
  return request('POST', `${keys}?${DRY}`, keyObject(name, spec));
}

/** Asks for a store with this spec. Tried, not done, unless `options` says otherwise. */
export function createStore(spec: Json, name = 'probe', options = DRY): Promise<Answer> {
  return request('POST', `${stores}?${options}`, {
    apiVersion: API_VERSION,
    kind: 'ClusterObjectStore',
    metadata: { name },
    spec,
  });
}

/** Asks for an ObjectStore with this spec. Tried, not done. */
export function createObjectStore(spec: Json, name = 'probe'): Promise<Answer> {
  return request('POST', `${objectStores}?${DRY}`, {
    apiVersion: API_VERSION,
    kind: 'ObjectStore',
    metadata: { name },
    spec,
  });
}

/** A name that no other test uses. */
export function uniqueName(): string {
  return `admission-${randomBytes(4).toString('hex')}`;
}

/** Makes an AccessKey by server-side apply, as a GitOps tool would, and gives its name. `removeKeys` removes it. */
export async function makeKey(spec: Json): Promise<string> {
  const name = uniqueName();
  await accepted(applyTo(`${keys}/${name}`, keyObject(name, spec)));
  return name;
}

/** Removes the keys of `makeKey`. */
export async function removeKeys(): Promise<void> {
  await bed.api.request('DELETE', keys);
}

/** Applies the spec again: fields of the last time that aren't in it any more go. Tried, not done. */
export function apply(name: string, spec: Json): Promise<Answer> {
  return applyTo(`${keys}/${name}`, keyObject(name, spec), 'dryRun=All&');
}

/** Server-side apply, by which this test is the owner of every field in the object. */
export function applyTo(path: string, object: Json, options = ''): Promise<Answer> {
  const query = `${options}fieldValidation=Strict&fieldManager=admission-test&force=true`;
  return request('PATCH', `${path}?${query}`, object, 'application/apply-patch+yaml');
}

/** Replaces the whole spec. Tried, not done. */
export async function update(name: string, spec: Json): Promise<Answer> {
  const { body } = await request('GET', `${keys}/${name}`);
  return request('PUT', `${keys}/${name}?${DRY}`, { ...body, spec });
}

/** Changes fields of the spec, or removes those that are null. Tried, not done. */
export function mergePatch(name: string, spec: Json): Promise<Answer> {
  return request('PATCH', `${keys}/${name}?${DRY}`, { spec }, 'application/merge-patch+json');
}

function keyObject(name: string, spec: Json): Json {
  return { apiVersion: API_VERSION, kind: 'AccessKey', metadata: { name }, spec };
}

/** Expects that the API server took it, and gives its answer. */
export async function accepted(answer: Promise<Answer>): Promise<Answer> {
  const settled = await answer;
  expect(settled.message).toBe('');
  expect(settled.status).toBe(200);
  return settled;
}

/** Expects that the API server refused it, with this in its message. */
export async function refused(answer: Promise<Answer>, message: string): Promise<void> {
  const { status, message: said } = await answer;
  expect(withoutValues(said)).toContain(withoutValues(message));
  expect([400, 422]).toContain(status);
}

/**
 * Removes the refused values from a message of the API server. Kubernetes 1.37 quotes the value that a rule refuses.
 * Earlier versions write its type in that place, such as "string", also where later ones write nothing. Of a duplicate
 * they write the type before the value.
 */
function withoutValues(message: string): string {
  return message
    .replaceAll(/Invalid value: (?:"(?:[^"\\]|\\.)*"|-?\d+|true|false|null): /g, 'Invalid value: ')
    .replaceAll('map[string]interface {}', '');
}
