import { NO_ANSWER } from '../network/deadline.ts';
import { NOT_LEADER } from '../runtime/not-leader-error.ts';

/**
 * The labels that describe a request. An unknown request is `other`, since a label with a name or an id would
 * make unlimited series.
 */

const KUBE_RESOURCES: ReadonlySet<string> = new Set([
  'accesskeys',
  'accesskeys/status',
  'objectstores',
  'objectstores/status',
  'clusterobjectstores',
  'clusterobjectstores/status',
  'secrets',
  'configmaps',
  'namespaces',
  'events',
  'leases',
]);

const STORE_OPERATIONS: ReadonlySet<string> = new Set([
  'info-canned-policy',
  'add-canned-policy',
  'remove-canned-policy',
  'user-info',
  'list-users',
  'add-user',
  'remove-user',
  'set-user-status',
  'set-user-or-group-policy',
  'revoke-tokens/builtin',
  'idp/builtin/policy/attach',
  'idp/builtin/policy/detach',
  'idp/builtin/policy-entities',
]);

/** The actions of AWS's IAM and STS APIs. */
const IAM_ACTIONS: ReadonlySet<string> = new Set([
  ...['GetUser', 'ListUsers', 'CreateUser', 'UpdateUser', 'DeleteUser'],
  ...['ListAccessKeys', 'CreateAccessKey', 'UpdateAccessKey', 'DeleteAccessKey'],
  ...['ListUserPolicies', 'GetUserPolicy', 'PutUserPolicy', 'DeleteUserPolicy'],
  ...['ListAttachedUserPolicies', 'ListGroupsForUser', 'GetCallerIdentity'],
  ...['ListPolicies', 'GetPolicy', 'CreatePolicy', 'DeletePolicy', 'AttachUserPolicy', 'DetachUserPolicy'],
  ...['ListPolicyVersions', 'GetPolicyVersion', 'CreatePolicyVersion', 'DeletePolicyVersion'],
  'GetAccountAuthorizationDetails',
]);

/** The longest beginning of a form that holds its action. */
const ACTION_BYTES = 64;

const PATH =
  /\/apis?(?:\/[^/]+)?\/v[^/]+(?:\/namespaces\/[^/]+(?=\/))?\/(?<plural>[a-z]+)(?:\/(?<name>[^/]+))?(?:\/(?<part>[a-z]+))?$/;

/**
 * Returns the verb, as in RBAC, and the resource of a request to the API server. @param path with its query
 */
export function kubeOperation(method: string, path: string): { verb: string; resource: string } {
  const [pathname = '', query = ''] = path.split('?', 2);
  const { plural = '', name, part } = PATH.exec(pathname)?.groups ?? {};
  const resource = part === undefined ? plural : `${plural}/${part}`;
  return {
    verb: verbOf(method, name !== undefined, /(?:^|&)watch=/.test(query)),
    resource: KUBE_RESOURCES.has(resource) ? resource : 'other',
  };
}

function verbOf(method: string, named: boolean, watching: boolean): string {
  if (method === 'GET') return watching ? 'watch' : named ? 'get' : 'list';
  return { POST: 'create', PATCH: 'patch', DELETE: 'delete' }[method] ?? 'other';
}

/**
 * Returns the call of a store's administration, or `bucket` for a request about a bucket. @param path with
 * its query @param body the form of an action of IAM, which begins with it
 */
export function storeOperation(path: string, body?: unknown): string {
  const [pathname = ''] = path.split('?', 1);
  if (pathname === '/' && Buffer.isBuffer(body)) {
    const action = /^Action=(\w+)/.exec(body.toString('latin1', 0, ACTION_BYTES))?.[1] ?? '';
    return IAM_ACTIONS.has(action) ? action : 'other';
  }
  if (/^\/[^/]+$/.test(pathname)) return 'bucket';
  const operation = pathname.replace('/minio/admin/v3/', '');
  return STORE_OPERATIONS.has(operation) ? operation : 'other';
}

const STATUS_CODES: ReadonlySet<number> = new Set([
  ...[200, 201, 204, 400, 401, 403, 404, 405, 409, 410, 412, 413, 422, 426, 429],
  ...[500, 501, 502, 503, 504, 507],
]);

/**
 * Returns the code of an answer: its HTTP status, or the class of a rare one, since an endpoint can send any.
 */
export function statusCode(status: number): string {
  if (STATUS_CODES.has(status)) return String(status);
  return status >= 100 && status <= 599 ? `${Math.floor(status / 100)}xx` : 'other';
}

const CODES: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'refused'],
  ['ECONNRESET', 'reset'],
  ['EPIPE', 'reset'],
  ['UND_ERR_SOCKET', 'reset'],
  ['UND_ERR_BODY_TIMEOUT', 'timeout'],
  ['UND_ERR_CONNECT_TIMEOUT', 'timeout'],
  ['UND_ERR_ABORTED', 'aborted'],
  [NO_ANSWER, 'timeout'],
  [NOT_LEADER, 'fenced'],
]);

/**
 * Returns the code of a request without an answer. @param error from the connection, or the reason of the
 * abort
 */
export function failureCode(error: unknown): string {
  const { code } = (error ?? {}) as { code?: unknown };
  // The code of a network, TLS or HTTP failure is a text. A caller's abort has none, or the number of a
  // DOMException.
  return typeof code === 'string' ? (CODES.get(code) ?? 'failed') : 'aborted';
}
