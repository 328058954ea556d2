import type { Store } from '../provider/provider.ts';

/** A user that the store said it removed is still there. */
export class NotRemovedError extends Error {
  override readonly name = 'NotRemovedError';
}

/** Removes a user and makes sure of it: a store has been seen to say yes and not to do it (FACTS 6). */
export async function removeUser(client: Store, accessKeyId: string, signal: AbortSignal): Promise<void> {
  await client.removeUser(accessKeyId, { signal });
  if (await client.getUser(accessKeyId, { signal })) {
    throw new NotRemovedError(`the store answered that it removed user ${accessKeyId}, but still has it`);
  }
}
