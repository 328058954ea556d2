import type { AccessKey } from '../../api/schema/accesskey.ts';
import { getLive } from '../apply/access-key-writes.ts';
import { type Pass, readOptions } from '../apply/pass.ts';
import { isUnread } from '../observe/unread-by.ts';

/**
 * Reads the AccessKey to revoke. If the API server refuses the read or hangs, it uses the cached object: a
 * deletion is final, and nothing in Kubernetes may delay revoking (rule 15).
 * @returns undefined if the object is gone or another one has its name
 */
export async function liveOrCached(pass: Pass): Promise<AccessKey | undefined> {
  const cached = pass.accessKey;
  try {
    const live = await getLive(pass.ctx, cached, readOptions(pass));
    if (live?.metadata.uid !== cached.metadata.uid) return undefined;
    pass.accessKey = live;
    return live;
  } catch (error) {
    if (!isUnread(error)) throw error;
    return cached;
  }
}
