import type { Pair } from '../provider/provider.ts';

/**
 * Characters that no header carries or that the store would read differently: blanks, control characters, and
 * all beyond Latin-1.
 */
const NOT_IN_AN_ID = /[\s\p{Cc}]|[^\0-\xff]/u;

/**
 * Returns the pair of a store's credentials in usable form, or the sentence that says why it isn't usable.
 * Removes blanks and line breaks around the id, because no request can carry them. Keeps those of a secret,
 * because a server may have the same text; `blanksAround` mentions them if the store refuses the secret.
 */
export function usablePair({ accessKeyId, secretAccessKey }: Pair): Pair | string {
  const id = accessKeyId.trim();
  if (id === '') return 'its access key id is blank; write the id there';
  if (NOT_IN_AN_ID.test(id))
    return 'its access key id has a blank, a line break or another character that no id has; write the id alone there, encoded as base64 once';
  return { accessKeyId: id, secretAccessKey };
}

/** Returns what may be wrong with a secret that the store refused, or an empty text if nothing shows. */
export function blanksAround({ secretAccessKey }: Pair): string {
  return secretAccessKey.trim() === secretAccessKey
    ? ''
    : '; it begins or ends with a blank or a line break: remove that from the Secret if it is not meant';
}
