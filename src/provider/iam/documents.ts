import { isDeepStrictEqual } from 'node:util';
import type { PolicyDocument, StoredPolicy } from '../provider.ts';

/**
 * The statement that lets a key read the users of its own AccessKey, for servers where this proves a pair.
 */
const readItself = (path: string) => ({
  Sid: 'Itself',
  Effect: 'Allow',
  Action: ['iam:GetUser'],
  Resource: [`arn:aws:iam::*:user${path}*`],
});

/** The statement of a policy that allows nothing: VersityGW and AWS take none without a statement. */
const NOTHING = { Sid: 'Nothing', Effect: 'Deny', Action: ['s3:*'], Resource: ['*'] };

/**
 * Returns the text of a document as IAM takes it, which spells its mark `Id`.
 * @param selfPath the path of the users that the policy lets read themselves, if it has to
 */
export function documentText(
  { ID, Version, Statement }: PolicyDocument,
  selfPath: string | undefined,
): string {
  const statements = selfPath === undefined ? Statement : [...Statement, readItself(selfPath)];
  return JSON.stringify({ Version, Id: ID, Statement: statements.length > 0 ? statements : [NOTHING] });
}

/** Returns a policy of users on a path without the statements that `documentText` adds. */
export function withoutAdded(policy: StoredPolicy, path: string): StoredPolicy {
  const statements = policy.document['Statement'];
  if (!Array.isArray(statements)) return policy;
  const added = [readItself(path), NOTHING];
  const rest = statements.filter((statement) => !added.some((one) => isDeepStrictEqual(statement, one)));
  return { ...policy, document: { ...policy.document, Statement: rest } };
}

/** The statement that no document has, for policies that differ. */
const DIFFERING = { Sid: 'Differing' };

/**
 * Returns the policies of an AccessKey's users as one. Where an edit was interrupted they differ. The result
 * then has all of their statements, and one more, so that it equals no document that the operator writes.
 */
export function together(policies: readonly StoredPolicy[]): StoredPolicy | undefined {
  const [first, ...others] = policies;
  if (!first || others.every(({ document }) => isDeepStrictEqual(document, first.document))) return first;
  const Statement = [...policies.flatMap(({ document }) => document['Statement'] ?? []), DIFFERING];
  return { id: first.id, document: { ...first.document, Statement } };
}
