/** The messages between the page and its server: JSON, or a line of JSON for each message of a stream. */
import type { BucketAccess } from '../../api/schema/accesskey.ts';
import type { GitOpsOwner } from '../keys/owner.ts';
import type { StoreRef } from '../shell/store-ref.ts';

/** The header with the second half of the session, which no cookie carries. */
export const KEY_HEADER = 'x-accesskey-session';

/** A failure in words. */
export interface Failure {
  readonly cause: string;
  readonly remedy?: string | undefined;
}

/** The cluster and the user's view of it. */
export interface Session {
  /** The API server's host and port. */
  readonly cluster: string;
  readonly context?: string | undefined;
  /** The namespace that the list begins with; undefined for every namespace. */
  readonly startIn?: string | undefined;
  /** True if the user may list the keys of every namespace. */
  readonly allNamespaces: boolean;
  /** The namespace of the context. */
  readonly namespace: string;
  /** Every namespace; undefined if the user may not list them. */
  readonly namespaces?: readonly string[] | undefined;
}

/** The user's rights to keys of a namespace. */
export interface Rights {
  readonly create: boolean;
  readonly change: boolean;
  readonly revoke: boolean;
  /** True if they may read Secrets, and so pairs. */
  readonly pairs: boolean;
}

/** A key in the list. */
export interface KeyRow {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly label: string;
  readonly accessKeyId: string;
  readonly access: string;
  readonly store: string;
  readonly standing: 'works' | 'onItsWay' | 'stalled';
  /** The reason of Ready; '' until the operator has reconciled the key. */
  readonly reason: string;
  /** The reason why it is not ready, and the remedy; '' if it is ready. */
  readonly why: string;
  readonly createdAt: string;
  readonly nextRotationAt: string;
  readonly expiresAt: string;
  readonly disabled: boolean;
  readonly deleting: boolean;
  readonly owner?: GitOpsOwner | undefined;
}

/** A message about the list. */
export type ListMessage =
  | { readonly type: 'changed'; readonly rows: readonly KeyRow[] }
  | { readonly type: 'gone'; readonly uids: readonly string[] }
  /** The page now has every key. Changes follow. */
  | { readonly type: 'synced' }
  | { readonly type: 'trouble'; readonly sentence: string };

/** The permission on one bucket. */
export interface PermissionView {
  /** `*` for every bucket. */
  readonly bucketName: string;
  readonly asked: string;
  readonly inForce: string;
  readonly same: boolean;
  /** The permission in force, in words. */
  readonly words: string;
}

interface ActionsView {
  readonly bucketName: string;
  readonly bucket: readonly string[];
  readonly objects: readonly string[];
}

/** An Event about a key. */
export interface EventView {
  readonly at: string;
  readonly warning: boolean;
  readonly reason: string;
  readonly message: string;
  readonly count: number;
}

/** One key, whole. */
export interface KeyDetail {
  readonly row: KeyRow;
  readonly generation: number;
  readonly secretName: string;
  readonly issuedAt: string;
  readonly rotation: string;
  readonly previous: readonly { readonly accessKeyId: string; readonly revokeAt: string }[];
  readonly retained: boolean;
  readonly unrestricted: boolean;
  readonly entries: readonly BucketAccess[];
  readonly storeRef: StoreRef;
  readonly permissions: readonly PermissionView[];
  /** By bucket; or why they aren't known, as the end of a sentence. */
  readonly actions: readonly ActionsView[] | string;
  /** The newest first; or why they aren't known. */
  readonly events: readonly EventView[] | string;
  /** The manifest as Git would keep it. */
  readonly yaml: string;
}

/** A store that a key of a namespace may name, with what it grants that namespace. */
export interface StoreView {
  readonly ref: StoreRef;
  readonly ready: boolean;
  /** Undefined if the user may not read the store. */
  readonly offer?: { readonly unrestricted: boolean; readonly buckets: readonly string[] } | undefined;
}

/** A new key as the form has it. */
export interface NewKeyForm {
  readonly name: string;
  readonly namespace: string;
  readonly label?: string | undefined;
  readonly storeRef: StoreRef;
  readonly access: 'unrestricted' | readonly BucketAccess[];
  readonly rotateEvery?: string | undefined;
  readonly expiresAt?: string | undefined;
}

/** Something that a server would refuse, and the field that it is about. */
export interface Finding {
  /** `spec.bucketAccess[0].prefixes`; '' for the whole. */
  readonly field: string;
  readonly sentence: string;
}

/** The outcome that a form would have. */
export interface Preview {
  readonly yaml: string;
  readonly findings: readonly Finding[];
  /** The most that the store grants on each bucket of the form; empty if that isn't known. */
  readonly most: Readonly<Record<string, BucketAccess['permissions']>>;
}

/** A change of one key. */
export type ChangeForm =
  | { readonly kind: 'label'; readonly label: string }
  | { readonly kind: 'permissions'; readonly access: 'unrestricted' | readonly BucketAccess[] }
  | { readonly kind: 'rotate' }
  | { readonly kind: 'disable' }
  | { readonly kind: 'enable' };

/** Changes of one key, in one write. */
export interface ChangeRequest {
  /** The UID of the object that the user saw. */
  readonly uid: string;
  /** The generation that the user saw, for a change that replaces everything in it. */
  readonly generation?: number | undefined;
  readonly changes: readonly ChangeForm[];
  readonly dryRun: boolean;
}

/** The outcome of a change. */
export interface ChangeAnswer extends Preview {
  /** False for a dry run, for a change of nothing, and if GitOps manages the object. */
  readonly written: boolean;
  /** True if the key is so already. */
  readonly nothing: boolean;
  readonly owner?: GitOpsOwner | undefined;
}

/** The end that a revocation puts to a key. */
export interface RevocationView {
  readonly uid: string;
  readonly label: string;
  readonly stops: readonly string[];
  readonly owner?: GitOpsOwner | undefined;
  /** The reason why the key can't be revoked as it is. */
  readonly refusal?: Failure | undefined;
}

/** The states that a change can be waited for. */
export const GOALS = ['inForce', 'disabled', 'revoked'] as const;
/** One of these states. */
export type GoalName = (typeof GOALS)[number];

/** A message about the way to a goal; `reached` and `failed` are the last ones. */
export type ProgressMessage =
  | { readonly type: 'onItsWay'; readonly sentence: string }
  | { readonly type: 'reached' }
  | ({ readonly type: 'failed' } & Failure);

/** A pair, for as long as its dialog is open. */
export interface PairView {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly secretName: string;
  readonly endpoint: string;
  readonly region: string;
  /** The same pair as variables, and for each tool. */
  readonly texts: Readonly<Record<'env' | 'aws' | 'rclone' | 'mc', string>>;
}

export type { BucketAccess, GitOpsOwner };
