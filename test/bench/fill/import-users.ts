/** MinIO's users and policies by the thousand: `import-iam-v2` takes as many in one request. */
import type { PolicyDocument } from '../../../src/provider/documents/statement.ts';
import type { Pair } from '../../../src/provider/provider.ts';
import type { RootClient } from '../../bed/root-client.ts';
import { zip } from './zip.ts';

/** A user with its policy. */
export interface NewUser {
  readonly pair: Pair;
  readonly policy: string;
  readonly document: PolicyDocument;
}

const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

/** Makes the users, their policies and what attaches one to the other. @throws Error if MinIO leaves one out */
export async function importUsers(client: RootClient, users: readonly NewUser[]): Promise<void> {
  const { body } = await client.request({
    method: 'PUT',
    path: 'import-iam-v2',
    body: archiveOf(users),
    purpose: 'import users',
    maxAnswerBytes: MAX_ANSWER_BYTES,
  });
  const { skipped, failed } = JSON.parse(body.toString()) as ImportAnswer;
  const left = [skipped, failed].flatMap((kinds) => Object.values(kinds ?? {})).flat();
  const count = left.filter((entry) => entry !== null).length;
  if (count > 0) throw new Error(`MinIO left out ${count} users, policies or attachments`);
}

/** The part of an answer that matters: lists by kind of object, or null. */
interface ImportAnswer {
  readonly skipped?: Readonly<Record<string, readonly unknown[] | null>>;
  readonly failed?: Readonly<Record<string, readonly unknown[] | null>>;
}

function archiveOf(users: readonly NewUser[]): Buffer {
  const file = (name: string, entries: readonly (readonly [string, unknown])[]) => ({
    name: `iam-assets/${name}.json`,
    data: Buffer.from(JSON.stringify(Object.fromEntries(entries))),
  });
  return zip([
    file(
      'policies',
      users.map(({ policy, document }) => [policy, document]),
    ),
    file(
      'users',
      users.map(({ pair }) => [pair.accessKeyId, { secretKey: pair.secretAccessKey, status: 'enabled' }]),
    ),
    file(
      'user_mappings',
      users.map(({ pair, policy }) => [pair.accessKeyId, { version: 1, policy }]),
    ),
  ]);
}
