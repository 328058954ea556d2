import { StoreError } from '../errors.ts';

/** The maximum length of a user's name on AWS and Ceph. */
const MAX_USER_NAME = 64;
const MAX_POLICY_NAME = 128;
const MAX_PATH = 512;
const NAME = /^[A-Za-z0-9+=,.@_-]+$/;
const PATH = /^\/(?:[A-Za-z0-9+=,.@_-]+\/)*$/;
const ARN = /^arn:[a-z0-9-]+:iam::[A-Za-z0-9]+:policy\/[A-Za-z0-9+=,.@_/-]+$/;
const ID = /^[A-Za-z0-9]{3,128}$/;

/**
 * Returns the name of a user that the operator may send. An action without a user's name acts on the
 * operator's own user, so an empty name must never be sent.
 * @throws StoreError of kind `invalid` if IAM wouldn't take the name. The message doesn't repeat it
 */
export function checkUserName(name: string): string {
  return check("the user's name", NAME, MAX_USER_NAME, name);
}

/** Returns the name of an inline policy that the operator may send. @throws as `checkUserName` does */
export function checkPolicyName(name: string): string {
  return check("the policy's name", NAME, MAX_POLICY_NAME, name);
}

/** Returns a path of users that the operator may send. @throws as `checkUserName` does */
export function checkPath(path: string): string {
  return check('the path', PATH, MAX_PATH, path);
}

/** Returns an access key id that the operator may send. @throws as `checkUserName` does */
export function checkAccessKeyId(id: string): string {
  return check('the access key id', ID, 128, id);
}

/** Returns the ARN of a managed policy that the operator may send. @throws as `checkUserName` does */
export function checkArn(arn: string): string {
  return check("the policy's ARN", ARN, MAX_PATH + MAX_POLICY_NAME, arn);
}

function check(what: string, allowed: RegExp, maxLength: number, name: string): string {
  if (!allowed.test(name)) throw new StoreError('invalid', `${what} is not one that IAM takes`);
  if (name.length > maxLength) {
    throw new StoreError('invalid', `${what} is longer than ${maxLength} characters`);
  }
  return name;
}
