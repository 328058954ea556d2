import { isNotFound } from './errors.ts';

/** What a request gives, or undefined where the object isn't there. @throws every other error of the request */
export async function orAbsent<T>(request: Promise<T>): Promise<T | undefined> {
  try {
    return await request;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
