import { StoreError } from '../errors.ts';

const MAX_BYTES = 255;
/** What the server refuses in one of the two, what it reads as a pattern or variable, and what ends a path's component. */
const FORBIDDEN_IN_ID = /[\p{Cc}=,/\\*?$]/u;
const FORBIDDEN_IN_POLICY = /[\p{Cc},/\\*?$]/u;

/**
 * Gives back an access key id that may be sent. Throws a `StoreError` of kind `invalid`, which doesn't repeat it
 * (somebody may have put a secret there), for one that is empty, over 255 bytes, or has characters that the
 * server refuses or gives a power of their own. What the server lists isn't held to this.
 */
export function checkAccessKeyId(id: string): string {
  return check('the access key id', FORBIDDEN_IN_ID, id);
}

/** The same for the name of a policy. */
export function checkPolicyName(name: string): string {
  return check("the policy's name", FORBIDDEN_IN_POLICY, name);
}

function check(what: string, forbidden: RegExp, name: string): string {
  const refuse = (why: string) => new StoreError('invalid', `${what} ${why}`);
  if (name === '') throw refuse('is empty');
  if (!name.isWellFormed() || forbidden.test(name)) throw refuse('has characters that MinIO does not take');
  if (name !== name.trim()) throw refuse('begins or ends with a space');
  if (name === '.' || name === '..') throw refuse('is a path');
  if (Buffer.byteLength(name) > MAX_BYTES) throw refuse(`is longer than ${MAX_BYTES} bytes`);
  return name;
}

/** Gives back a bucket's name as S3 has it: of anything else another path could be made. @throws as the others do */
export function checkBucketName(name: string): string {
  if (/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) && !name.includes('..')) return name;
  throw new StoreError('invalid', `${JSON.stringify(name.slice(0, 80))} is not a bucket's name`);
}
