import type { AccessKeyStatus } from '../../api/schema/accesskey.ts';
import { tagOf } from '../../ownership/names.ts';
import { isImported, previousKeysOf, type SecretFacts } from './facts.ts';

/**
 * The ids that a Secret names and that can be asked for in the store: of our form, or imported, or known from the
 * status. Anybody who can edit the Secret may have put something else there, a secret access key even: it is never sent
 * as a name, or repeated in a message.
 */
export function namedIds(facts: SecretFacts, status: AccessKeyStatus): string[] {
  const known = [status.accessKeyId, ...(status.previousKeys ?? []).map((key) => key.accessKeyId)];
  const isId = (id: string) => tagOf(id) !== undefined || known.includes(id);
  const current = facts.accessKeyId;
  return [
    ...(current !== undefined && (isId(current) || isImported(facts)) ? [current] : []),
    ...previousKeysOf(facts)
      .map((key) => key.accessKeyId)
      .filter(isId),
  ];
}
