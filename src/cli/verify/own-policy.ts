/** The policy in force, as the store shows it to the key itself, against what the status says is in force. */
import { encodeMark } from '../../ownership/mark.ts';
import type { PolicyForm } from '../../provider/policy.ts';
import { accessLevels, type BucketLevel, levelText, sameLevel } from '../keys/permissions.ts';
import type { S3 } from './s3.ts';

/** The result of a comparison; `unknown` if the store doesn't show the policy. */
export type PolicyVerdict =
  | { readonly kind: 'exact' }
  | { readonly kind: 'differs'; readonly differences: readonly string[] }
  | { readonly kind: 'unknown'; readonly why: string };

/** Stands for the mark, which the store leaves out when it shows a key its own policy. */
const ANY_MARK = encodeMark({ clusterUid: '-', accessKeyUid: '-', flags: new Set(), label: '' });

/**
 * Asks MinIO for the account of the pair, which needs no right. @throws StoreError if it doesn't answer
 */
export async function ownPolicyVerdict(
  s3: S3,
  levels: ReadonlyMap<string, BucketLevel>,
  form: PolicyForm,
): Promise<PolicyVerdict> {
  const { status, text } = await s3.send('GET', '/minio/admin/v3/accountinfo');
  if (status !== 200)
    return { kind: 'unknown', why: `the store does not show a key its own policy (status ${status})` };
  try {
    const { Policy } = JSON.parse(text) as { Policy?: unknown };
    return comparePolicy(Policy, levels, form);
  } catch {
    return { kind: 'unknown', why: 'the store shows its account in another form' };
  }
}

/** Compares a policy document with levels by bucket. */
export function comparePolicy(
  policy: unknown,
  levels: ReadonlyMap<string, BucketLevel>,
  form: PolicyForm,
): PolicyVerdict {
  if (typeof policy !== 'object' || policy === null)
    return { kind: 'unknown', why: 'the store shows no policy of the key' };
  const { ID: _, Id: __, ...content } = policy as Record<string, unknown>;
  const access = form.read({ mark: ANY_MARK, content })?.access;
  if (access === undefined)
    return {
      kind: 'differs',
      differences: [
        'the policy in the store is not, to the last action, one that the operator writes: somebody edited it, or attached another',
      ],
    };
  const found = accessLevels(access);
  const nothing: BucketLevel = { level: 'none', prefixes: [] };
  const differences = [...new Set([...levels.keys(), ...found.keys()])].sort().flatMap((bucket) => {
    const [said, held] = [levels.get(bucket) ?? nothing, found.get(bucket) ?? nothing];
    return sameLevel(said, held)
      ? []
      : [`${bucket}: status says ${levelText(said)}, the store has ${levelText(held)}`];
  });
  return differences.length === 0 ? { kind: 'exact' } : { kind: 'differs', differences };
}
