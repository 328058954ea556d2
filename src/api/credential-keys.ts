/**
 * The names that `credentialsRef.keys` may have. The CRDs' rules use the expressions in this file, and the
 * operator calls the function again. Two engines read the expressions, JavaScript's and RE2, so they have no
 * look-around and no back references.
 */

/**
 * The lowercase names of a Secret's keys that hold an id. A request carries the id in the clear, to an
 * endpoint that the store's author chose. If any other name were allowed, anyone who can create a store could
 * read the Secrets that the operator reads.
 */
export const ID_KEY = /(?:user(?:[-_.]?name)?|id|access[-_.]?key)$/;
/** Matches the lowercase names of keys that hold no id, independent of their ending. */
export const NO_ID_KEY = /secret|pass|token|private|account/;

/** True if a key of a Secret has the name of one that holds an id. */
export function isIdKey(key: string): boolean {
  const name = key.toLowerCase();
  return ID_KEY.test(name) && !NO_ID_KEY.test(name);
}
