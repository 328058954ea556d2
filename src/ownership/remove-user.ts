import type { Store } from '../provider/provider.ts';

/** The error for a user that still exists after the store said that it removed it. */
export class NotRemovedError extends Error {
  override readonly name = 'NotRemovedError';
}

/** Removes a user and checks that it is gone. A store may confirm a removal that it didn't make. */
export async function removeUser(client: Store, accessKeyId: string, signal: AbortSignal): Promise<void> {
  await client.removeUser(accessKeyId, { signal });
  if (await client.getUser(accessKeyId, { signal })) {
    throw new NotRemovedError(`the store answered that it removed user ${accessKeyId}, but still has it`);
  }
}
