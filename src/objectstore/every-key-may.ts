import type { OrdinaryRights } from '../accesskey/policy/desired-policy.ts';
import type { EveryKeyMay } from '../api/schema/store-fields.ts';
import type { ActionTable } from '../provider/actions.ts';

type Rights = readonly EveryKeyMay[] | undefined;
type Creating = Pick<ActionTable, 'creatingResets'>;

/**
 * Returns what every key of a store may do beside its buckets. Where creating a bucket can reset one that exists, only
 * `CreateOrResetBuckets` gives it: earlier CRDs wrote `CreateBuckets` into every store by default, so that it doesn't
 * say what an administrator wanted.
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

/** Returns what the store's status says of `everyKeyMay`, or undefined where there is nothing to say. */
export function everyKeyMayNote(rights: Rights, { creatingResets }: Creating): string | undefined {
  if (!creatingResets) return undefined;
  if (rights?.includes('CreateOrResetBuckets'))
    return 'every key may reset existing buckets that its namespace is granted as read_write (everyKeyMay: CreateOrResetBuckets)';
  if (rights?.includes('CreateBuckets'))
    return 'CreateBuckets in everyKeyMay gives no key anything here; remove it, and write create: true for a bucket in an AccessKey';
  return undefined;
}
