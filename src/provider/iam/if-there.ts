import { StoreError } from '../errors.ts';
import type { CallOptions } from '../provider.ts';
import type { Iam } from './iam.ts';

/**
 * Returns the result of a call about a user that was there a moment ago, or undefined if it has gone since.
 * A server refuses such a call to an operator that may only touch users on its paths: the user's name alone
 * doesn't say on which path it would be.
 */
export async function ifThere<T>(
  iam: Iam,
  name: string,
  options: CallOptions,
  call: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof StoreError) || (error.kind !== 'refused' && error.kind !== 'absent')) throw error;
    if (await iam.getUser(name, options)) throw error;
    return undefined;
  }
}
