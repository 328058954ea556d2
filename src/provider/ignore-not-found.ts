import { StoreError } from './errors.ts';

/** Returns the result of a read or removal, or undefined if the server says that the object doesn't exist. */
export async function ignoreNotFound<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof StoreError && error.kind === 'absent') return undefined;
    throw error;
  }
}
