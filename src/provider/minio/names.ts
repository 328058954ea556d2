import { StoreError } from '../errors.ts';

const MAX_BYTES = 255;
/**
 * Characters that the server refuses, reads as a pattern or variable, or takes for the end of a path's
 * component.
 */
const FORBIDDEN_IN_ID = /[\p{Cc}=,/\\*?$]/u;
const FORBIDDEN_IN_POLICY = /[\p{Cc},/\\*?$]/u;

/**
 * Returns an access key id that the operator may send.
 * @throws StoreError of kind `invalid` if it is empty, over 255 bytes, or has characters that the server
 * refuses or interprets. The message doesn't repeat the id, since it may be a misplaced secret. Ids that the
 * server lists are exempt
 */
export function checkAccessKeyId(id: string): string {
  return check('the access key id', FORBIDDEN_IN_ID, id);
}

/** Returns the name of a policy that the operator may send. @throws as `checkAccessKeyId` does */
export function checkPolicyName(name: string): string {
  return check("the policy's name", FORBIDDEN_IN_POLICY, name);
}

function check(what: string, forbidden: RegExp, name: string): string {
  const refuse = (why: string) => new StoreError('invalid', `${what} ${why}`);
  if (name === '') throw refuse('is empty');
  if (!name.isWellFormed() || forbidden.test(name)) throw refuse('has characters that MinIO rejects');
  if (name !== name.trim()) throw refuse('begins or ends with a space');
  if (name === '.' || name === '..') throw refuse('is a path');
  if (Buffer.byteLength(name) > MAX_BYTES) throw refuse(`is longer than ${MAX_BYTES} bytes`);
  return name;
}
