import type { AccessKey } from '../../api/schema/accesskey.ts';
import { accessKeyTag, tagOf } from '../../ownership/names.ts';
import { statusIds } from './candidate-ids.ts';
import { ownership, type SecretFacts, secretNameOf } from './facts.ts';

/**
 * Returns the names of those Secrets that may be this AccessKey's, the likeliest first: the one that the status names,
 * then those that it controls and that the operator wrote. One without an owner counts under the name that spec or status
 * says, with an id that the status names or whose tag fits. Any other Secret with its label is nobody's: somebody's copy, with
 * owner and labels as they were, or one of thousands that whoever may create Secrets could make.
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
