import type { AccessKey } from '../../api/schema/accesskey.ts';
import { ignoreNotFound } from '../../kube/ignore-not-found.ts';
import { decodeMark } from '../../ownership/mark.ts';
import { couldBeId } from '../../ownership/names.ts';
import type { Context } from '../context/context.ts';
import { verdictOf } from '../context/granted.ts';
import type { ReadyStore } from '../context/stores.ts';
import { pairIn } from '../secret/facts.ts';
import type { ObservedImport } from './observed.ts';

/**
 * Reads what an import follows from, if an AccessKey asks for one and has never published a pair. If the
 * store's grants don't allow imports, it doesn't read the Secret.
 */
export async function observeImport(
  ctx: Pick<Context, 'secrets' | 'namespaceCache'>,
  accessKey: AccessKey,
  store: ReadyStore,
  signal: AbortSignal,
): Promise<ObservedImport | undefined> {
  const { metadata, spec, status } = accessKey;
  const { client } = store;
  if (spec.importFrom === undefined || status.accessKeyId !== undefined) return undefined;
  const { secretName } = spec.importFrom;
  const supported = !store.observed.capabilities.notSupported.includes('importFrom');
  if (!supported || !verdictOf(ctx, store, accessKey).mayImport) return { ...NOT_READ, secretName };
  const secret = await ignoreNotFound(ctx.secrets.get(secretName, metadata.namespace, { signal }));
  const pair = secret && pairIn(secret);
  const id = pair && couldBeId(pair.accessKeyId) ? pair.accessKeyId : undefined;
  const user = id === undefined ? undefined : await client.getUser(id, { signal });
  let ofAnAccessKey = false;
  for (const policy of user?.policies ?? []) {
    const stored = await client.readPolicy(policy, { signal });
    if (stored && decodeMark(stored.mark)) ofAnAccessKey = true;
  }
  return {
    secretName,
    found: secret !== undefined,
    pair,
    user,
    ofAnAccessKey,
    isStoresOwn: id === client.accessKeyId,
    proof: pair && user ? await client.probe(pair, { signal }) : undefined,
  };
}

const NOT_READ = {
  found: false,
  pair: undefined,
  user: undefined,
  ofAnAccessKey: false,
  isStoresOwn: false,
  proof: undefined,
} as const;
