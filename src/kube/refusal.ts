import { KubeError } from './errors.ts';

/**
 * The cause of the API server's refusal.
 * - `right`: RBAC doesn't allow the operator to do it
 * - `admissionPolicy`: a ValidatingAdmissionPolicy or a webhook refuses it
 * - `webhook`: a required webhook doesn't answer
 * - `quota`: a ResourceQuota is used up
 * - `immutable`: nobody can change the object
 * - `terminating`: the namespace is being deleted
 * - `storage`: etcd takes no more
 * - `invalid`: the object breaks its schema, or is too large
 * - `other`: the cause isn't among these
 */
export type RefusalKind =
  | 'right'
  | 'admissionPolicy'
  | 'webhook'
  | 'quota'
  | 'immutable'
  | 'terminating'
  | 'storage'
  | 'invalid'
  | 'other';

/** Kubernetes' own wording, of apiserver, quota admission and etcd. The first match counts. */
const WORDING: readonly (readonly [RegExp, RefusalKind])[] = [
  [/failed calling webhook/, 'webhook'],
  [/denied the request|denied request/, 'admissionPolicy'],
  [/exceeded quota|insufficient quota/, 'quota'],
  [/because it is being terminated/, 'terminating'],
  [/immutable/, 'immutable'],
  [/database space exceeded|etcdserver: no space/, 'storage'],
  [/ cannot [a-z]+ resource | is forbidden: User /, 'right'],
];

const REMEDIES: Readonly<Record<RefusalKind, string>> = {
  right:
    "give the operator's ServiceAccount this right; an upgrade of the chart restores the roles that it ships",
  admissionPolicy: "exempt the operator's ServiceAccount from this policy, or change what the policy refuses",
  webhook: 'bring this webhook back, or exempt the namespace in its configuration',
  quota: "raise the namespace's ResourceQuota, or remove what uses it up",
  immutable: 'delete the immutable Secret, so that the operator creates it anew',
  terminating: 'wait for the namespace to be gone',
  storage: 'compact and defragment etcd, and clear its alarm',
  invalid: 'change what the message names',
  other: "look at the API server's log",
};

/**
 * Returns what refused a request until somebody changes something in the cluster.
 * @returns undefined for a temporary failure: a conflict, an absent object, a server that is away or busy
 */
export function refusalKind(error: unknown): RefusalKind | undefined {
  if (!(error instanceof KubeError) || error.kind !== 'answered') return undefined;
  const { status, message } = error;
  if (status < 400 || status === 404 || status === 409 || status === 410 || status === 429) return undefined;
  const worded = WORDING.find(([wording]) => wording.test(message))?.[1];
  if (worded !== undefined) return worded;
  if (status === 400 || status === 413 || status === 422) return 'invalid';
  return status === 403 || status === 401 || status === 500 ? 'other' : undefined;
}

/** Returns the sentence for the user: the request, what refused it, and the remedy. */
export function refusalText(error: KubeError, kind: RefusalKind): string {
  return `${error.message}; ${REMEDIES[kind]}`;
}

/** Refusals before storage. The server checks admission, rights and validity first. */
const BEFORE_STORAGE: ReadonlySet<RefusalKind> = new Set<RefusalKind>([
  'right',
  'admissionPolicy',
  'webhook',
  'quota',
  'immutable',
  'terminating',
  'invalid',
]);

/** True if the API server certainly didn't write the object, so that the write can't show up later. */
export function wasNotWritten(error: unknown): boolean {
  if (!(error instanceof KubeError) || error.kind !== 'answered') return false;
  if (error.status >= 400 && error.status < 500) return true;
  const kind = refusalKind(error);
  return kind !== undefined && BEFORE_STORAGE.has(kind);
}
