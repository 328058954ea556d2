import { hash } from 'node:crypto';
import type { GrantedAccess, PolicyForm, StoredPolicy } from '../../../src/provider/policy.ts';

/** The rights of a key in one bucket of a store without documents, as Garage keeps them. */
export interface BucketFlags {
  readonly read: boolean;
  readonly write: boolean;
}

type Flags = Readonly<Record<string, BucketFlags>>;

const flagsIn = ({ content }: StoredPolicy) => content['buckets'] as Flags;

function accessIn(policy: StoredPolicy): GrantedAccess {
  const entries = Object.entries(flagsIn(policy))
    .filter(([, { read }]) => read)
    .map(([bucketName, { write }]) => ({
      bucketName,
      permissions: write ? ('read_write' as const) : ('read_only' as const),
      prefixes: [],
      settings: false,
    }));
  return { kind: 'limited', entries: entries.sort((a, b) => (a.bucketName < b.bucketName ? -1 : 1)) };
}

/** The form of a store that keeps flags for each key and bucket, and no documents. */
export const GRANTS_FORM: PolicyForm = {
  render: ({ mark, access }) => {
    const entries = access.kind === 'limited' ? access.entries : [];
    const flags = entries.map(
      ({ bucketName, permissions }) =>
        [bucketName, { read: true, write: permissions === 'read_write' }] as const,
    );
    return { mark, content: { buckets: Object.fromEntries(flags) } };
  },
  sizeOf: () => 0,
  digestOf: (policy) => {
    const sorted = Object.entries(flagsIn(policy)).sort(([a], [b]) => (a < b ? -1 : 1));
    return hash('sha256', JSON.stringify([policy.mark, sorted]), 'hex');
  },
  read: (policy) => ({ access: accessIn(policy), mayCreate: [] }),
  statedIn: (policy) => ({ access: accessIn(policy), mayCreate: [] }),
  isWithin: (inner, outer) =>
    Object.entries(flagsIn(inner)).every(([bucket, { read, write }]) => {
      const other = flagsIn(outer)[bucket] ?? { read: false, write: false };
      return (!read || other.read) && (!write || other.write);
    }),
  actionsOn: (policy, bucketName) => {
    const { read, write } = flagsIn(policy)[bucketName] ?? { read: false, write: false };
    const objects = [...(read ? ['s3:GetObject'] : []), ...(write ? ['s3:PutObject'] : [])];
    return { bucket: read ? ['s3:ListBucket'] : [], objects };
  },
  shown: flagsIn,
};
