/**
 * Names that `credentialsRef.keys` may have. The CRDs' rules are made of the expressions here, and the operator asks the
 * function again. The expressions are read by two engines, JavaScript's and RE2: no look-around, no back references.
 */

/**
 * Names, in lowercase, of what holds an id. A request carries the id in the clear, to an endpoint that the author of the
 * store chose: with any other name, whoever may create a store could read the Secrets that the operator reads.
 */
export const ID_KEY = /(?:user(?:[-_.]?name)?|id|access[-_.]?key)$/;
/** Names, in lowercase, of what is no id, whatever their end. */
export const NO_ID_KEY = /secret|pass|token|private|account/;

/** True if a key of a Secret is named like one that holds an id. */
export function isIdKey(key: string): boolean {
  const name = key.toLowerCase();
  return ID_KEY.test(name) && !NO_ID_KEY.test(name);
}
