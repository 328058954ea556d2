import type { Pair } from '../provider/provider.ts';

/** What no header carries, or what the store would read otherwise: blanks, control characters, and all beyond Latin-1. */
const NOT_IN_AN_ID = /[\s\p{Cc}]|[^\0-\xff]/u;

/**
 * Returns the pair of a store's credentials as it can be used, or the sentence that says why it can't be. Blanks and line
 * breaks around the id can't be meant and go: no request can carry them. Those of a secret stay, because a server may have
 * been given the same text; `blanksAround` says so where the store then refuses the secret.
 */
export function usablePair({ accessKeyId, secretAccessKey }: Pair): Pair | string {
  const id = accessKeyId.trim();
  if (id === '') return 'its access key id is blank; write the id there';
  if (NOT_IN_AN_ID.test(id))
    return 'its access key id has a blank, a line break or another character that no id has; write the id alone there, encoded as base64 once';
  return { accessKeyId: id, secretAccessKey };
}

/** Returns what may be wrong with a secret that the store refused; empty where nothing shows. */
export function blanksAround({ secretAccessKey }: Pair): string {
  return secretAccessKey.trim() === secretAccessKey
    ? ''
    : '; it begins or ends with a blank or a line break: remove that from the Secret if it is not meant';
}
