/**
 * The fields of Kubernetes' own objects that the operator uses. All other fields stay in an object, untyped.
 */
import type { ObjectMeta as ApiObjectMeta } from '../api/meta.ts';

/** The metadata of an object that the API server has returned, with who set what. */
export interface ObjectMeta extends ApiObjectMeta {
  readonly managedFields?: readonly { readonly manager?: string; readonly time?: string }[];
}

/** An object that the API server has returned. The items of a list come without apiVersion and kind. */
export interface KubeObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: ObjectMeta;
}

/**
 * Removes the fields in which the server records who set what. They are half of an object's size, and the
 * operator doesn't need them.
 */
export function withoutManagedFields<T extends { readonly metadata: object }>(object: T): T {
  const { managedFields: _, ...metadata } = object.metadata as { managedFields?: unknown };
  return { ...object, metadata };
}

/** An object to create, without the fields that the server fills in. */
export type NewObject<T extends KubeObject> = Omit<T, 'metadata' | 'status'> & {
  readonly metadata: Partial<ObjectMeta> & { readonly generateName?: string };
};

/** A Secret (core/v1). */
export interface Secret extends KubeObject {
  readonly type?: string;
  readonly immutable?: boolean;
  /** Values in base64. */
  readonly data?: Readonly<Record<string, string>>;
}

/** A ConfigMap (core/v1). */
export interface ConfigMap extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

/** A Namespace (core/v1). */
export interface Namespace extends KubeObject {
  readonly status?: { readonly phase?: string };
}
