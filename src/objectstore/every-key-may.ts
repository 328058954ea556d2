import type { EveryKeyMay } from '../api/schema/store-fields.ts';
import type { Capabilities } from '../provider/capabilities.ts';
import type { OrdinaryRights } from '../provider/policy.ts';

type Rights = readonly EveryKeyMay[] | undefined;
type Creating = Pick<Capabilities, 'creatingResets'>;

/**
 * Returns what every key of a store may do beside its buckets. If creating a bucket can reset an existing
 * one, only `CreateOrResetBuckets` grants it. Earlier CRDs wrote `CreateBuckets` into every store by default,
 * so that value doesn't show what an administrator wanted.
 */
export function ordinaryRights(rights: Rights, { creatingResets }: Creating): OrdinaryRights {
  const written: readonly EveryKeyMay[] =
    rights ?? (creatingResets ? ['ListBuckets'] : ['ListBuckets', 'CreateBuckets']);
  return {
    listBuckets: written.includes('ListBuckets'),
    createBuckets:
      written.includes('CreateOrResetBuckets') || (!creatingResets && written.includes('CreateBuckets')),
  };
}

/** Returns the store status's note on `everyKeyMay`, or undefined if none is needed. */
export function everyKeyMayNote(rights: Rights, { creatingResets }: Creating): string | undefined {
  if (!creatingResets) return undefined;
  if (rights?.includes('CreateOrResetBuckets'))
    return 'every key may reset existing buckets that its namespace is granted as read_write (everyKeyMay: CreateOrResetBuckets)';
  if (rights?.includes('CreateBuckets'))
    return 'CreateBuckets in everyKeyMay has no effect here; remove it, and set create: true for a bucket in an AccessKey';
  return undefined;
}
