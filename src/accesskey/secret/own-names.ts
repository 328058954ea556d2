import type { AccessKey } from '../../api/schema/accesskey.ts';
import { accessKeyTag, tagOf } from '../../ownership/names.ts';
import { statusIds } from './candidate-ids.ts';
import { ownership, type SecretFacts, secretNameOf } from './facts.ts';

/**
 * Returns the names of those Secrets that may be this AccessKey's, the likeliest first. Those that status or
 * spec names come first, then others that it controls and that the operator wrote. A Secret without an owner
 * counts if spec or status names it, and the status names its id or the id's tag fits. Any other Secret with
 * the label counts for nothing. It may be somebody's copy with the same owner and labels, or one of thousands
 * that anyone who can create Secrets could make.
 */
export function ownSecretNames(
  accessKey: AccessKey,
  policyName: string,
  secrets: Iterable<SecretFacts>,
): string[] {
  const known = statusIds(accessKey.status);
  const tag = accessKeyTag(policyName);
  const ranked: { readonly name: string; readonly rank: number }[] = [];
  for (const facts of secrets) {
    const { name } = facts.metadata;
    const owner = ownership(facts, accessKey);
    if (owner === 'foreign') continue;
    const id = facts.accessKeyId ?? '';
    const fits = known.includes(id) || tagOf(id) === tag;
    const isNamed = name === accessKey.status.secretName || name === secretNameOf(accessKey);
    if (owner === 'unowned' ? !(isNamed && fits) : !(isNamed || facts.isWrittenHere)) continue;
    ranked.push({ name, rank: isNamed ? 0 : fits ? 1 : 2 });
  }
  return ranked.sort((a, b) => a.rank - b.rank).map(({ name }) => name);
}
