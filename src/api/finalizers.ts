import type { ObjectMeta } from './meta.ts';
import { FINALIZER } from './names.ts';

type Finalizers = Pick<ObjectMeta, 'finalizers'>;

/** True if the object carries the finalizer, by default the one of an AccessKey. */
export function hasFinalizer({ finalizers }: Finalizers, finalizer: string = FINALIZER): boolean {
  return finalizers?.includes(finalizer) === true;
}

/** Returns the object's finalizers with this one at the end. Others keep their places. */
export function withFinalizer({ finalizers = [] }: Finalizers, finalizer: string = FINALIZER): string[] {
  return [...finalizers.filter((name) => name !== finalizer), finalizer];
}

/** Returns the object's finalizers without this one. */
export function withoutFinalizer({ finalizers = [] }: Finalizers, finalizer: string = FINALIZER): string[] {
  return finalizers.filter((name) => name !== finalizer);
}
