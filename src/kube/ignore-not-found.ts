import { isNotFound } from './errors.ts';

/**
 * Returns a request's result, or undefined if there is no such object. @throws every other error of the
 * request
 */
export async function ignoreNotFound<T>(request: Promise<T>): Promise<T | undefined> {
  try {
    return await request;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
