import { isDeepStrictEqual } from 'node:util';
import type { PolicyStatement } from '../documents/statement.ts';
import type { StoredPolicy } from '../policy.ts';

/**
 * The statement that lets a key read the users of its own AccessKey. On some servers this request proves a
 * pair.
 */
const readItself = (path: string): PolicyStatement => ({
  Sid: 'Itself',
  Effect: 'Allow',
  Action: ['iam:GetUser'],
  Resource: [`arn:aws:iam::*:user${path}*`],
});

/** The statement of a policy that allows nothing: VersityGW and AWS take none without a statement. */
const NOTHING = { Sid: 'Nothing', Effect: 'Deny', Action: ['s3:*'], Resource: ['*'] };

/**
 * Returns the text of a policy as IAM takes it, which spells its mark `Id`.
 * @param selfPath the path of the users that the policy lets read themselves, if it has to
 */
export function documentText({ mark, content }: StoredPolicy, selfPath: string | undefined): string {
  const { Version, Statement, ...rest } = content;
  const stated: readonly unknown[] = Array.isArray(Statement) ? Statement : [Statement];
  const statements = selfPath === undefined ? stated : [...stated, readItself(selfPath)];
  return JSON.stringify({
    Version,
    Id: mark,
    ...rest,
    Statement: statements.length > 0 ? statements : [NOTHING],
  });
}

/** Returns a policy of users on a path without the statements that `documentText` adds. */
export function withoutAdded(policy: StoredPolicy, path: string): StoredPolicy {
  const statements = policy.content['Statement'];
  if (!Array.isArray(statements)) return policy;
  const added = [readItself(path), NOTHING];
  const rest = statements.filter((statement) => !added.some((one) => isDeepStrictEqual(statement, one)));
  return { ...policy, content: { ...policy.content, Statement: rest } };
}

/** The statement that no document has, for policies that differ. */
const DIFFERING = { Sid: 'Differing' };

/** Returns a policy that equals none that the operator writes, since a user lacks it. */
export function incomplete({ mark, content }: StoredPolicy): StoredPolicy {
  const statements = content['Statement'];
  const Statement = [...(Array.isArray(statements) ? (statements as unknown[]) : []), DIFFERING];
  return { mark, content: { ...content, Statement } };
}

/**
 * Returns the policies of an AccessKey's users as one. They differ if an edit was interrupted. The result
 * then has all of their statements, and one more, so that it equals no document that the operator writes.
 */
export function together(policies: readonly StoredPolicy[]): StoredPolicy | undefined {
  const [first, ...others] = policies;
  if (!first || others.every((other) => isDeepStrictEqual(other, first))) return first;
  const Statement = policies.flatMap(({ content }) => content['Statement'] ?? []);
  return incomplete({ mark: first.mark, content: { ...first.content, Statement } });
}
