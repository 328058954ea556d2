/**
 * The users and policies of a MinIO, from its export. A list of the users is sealed. For Argon2id, by which a MinIO of a
 * file's own seals, that costs server and client 0.1 s of CPU each. Tests of lists, and the operator, go on with lists.
 */
import { createConnection } from '../../../src/provider/connection.ts';
import { parseObject, parseUser } from '../../../src/provider/minio/answers.ts';
import { createAdminClient } from '../../../src/provider/minio/client.ts';
import { paced } from '../../../src/provider/paced-connection.ts';
import type { StoreUser } from '../../../src/provider/provider.ts';
import type { MinioData } from '../../bed/minio.ts';
import { unzip } from './unzip.ts';

/** The users and policies of one server. */
export interface Iam {
  readonly users: ReadonlyMap<string, StoreUser>;
  /** Each document by its policy's name. */
  readonly policies: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
}

type Entries = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** Reads every user and every policy of a MinIO as root. No secret of a user is in the result. */
export async function readIam({
  endpoint,
  caPem,
  rootUser,
  rootPassword,
}: Pick<MinioData, 'endpoint' | 'caPem' | 'rootUser' | 'rootPassword'>): Promise<Iam> {
  const connection = paced(createConnection({ endpoint, ...(caPem && { caBundle: caPem }) }), {
    timeoutMs: 15_000,
  });
  const client = createAdminClient({
    connection,
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: rootUser, secretAccessKey: rootPassword },
    now: Date.now,
  });
  try {
    const call = {
      method: 'GET',
      path: 'export-iam',
      purpose: 'export users and policies',
      slow: true,
      maxAnswerBytes: 64 * 1024 * 1024,
    } as const;
    return await client.read(call, iamOf);
  } finally {
    await connection.close();
  }
}

/** Joins the files of an export, as MinIO's `mc admin cluster iam export` writes it. */
function iamOf(archive: Buffer): Iam {
  const files = unzip(archive);
  const entries = (name: string): Entries => {
    const file = files.get(`iam-assets/${name}.json`);
    if (file === undefined) throw new Error(`the export has no ${name}`);
    return parseObject(file) as Entries;
  };
  const groups = Object.entries(entries('groups'));
  const mappings = entries('user_mappings');
  const users = Object.entries(entries('users')).map(([id, { status }]): [string, StoreUser] => {
    const { policy, updatedAt } = mappings[id] ?? {};
    const memberOf = groups.flatMap(([group, { members }]) =>
      (members as readonly string[] | null)?.includes(id) ? [group] : [],
    );
    return [id, parseUser(id, { status, policyName: policy, memberOf, updatedAt })];
  });
  return { users: new Map(users), policies: new Map(Object.entries(entries('policies'))) };
}
