import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeMark } from '../../src/ownership/mark.ts';
import type { ProviderTraits } from '../../src/provider/capabilities.ts';
import type { ActionTable } from '../../src/provider/documents/actions.ts';
import { IAM_ACTIONS } from '../../src/provider/iam/actions.ts';
import { capabilitiesOf } from '../../src/provider/iam/dialect.ts';
import { IAM } from '../../src/provider/iam/traits.ts';
import { MINIO_ACTIONS } from '../../src/provider/minio/actions.ts';
import { MINIO } from '../../src/provider/minio/traits.ts';
import type { BucketAccess } from '../../src/provider/policy.ts';
import { code, table } from './markdown.ts';

const FILE = join(import.meta.dirname, '..', '..', 'docs', 'how-to', 'iam.md');

/** Frames the table of what each kind of store can do. */
const FRAME = /(?<=<!-- generated: stores -->\n)[\s\S]*?(?=<!-- end -->)/;

/** A kind of store, with the actions that its policies name. */
interface Kind extends ProviderTraits {
  readonly name: string;
  readonly actions: ActionTable;
}

const PROVIDERS: readonly Kind[] = [
  { name: 'MinIO', ...MINIO, actions: MINIO_ACTIONS },
  ...(['VersityGW', 'Ceph', 'AWS'] as const).map((dialect) => ({
    name: dialect,
    ...IAM,
    capabilities: capabilitiesOf({
      dialect,
      managedPolicies: dialect === 'AWS' ? 'arn:aws:iam::1:policy' : undefined,
    }),
    actions: IAM_ACTIONS,
  })),
];

const ROWS: readonly (readonly [what: string, cell: (kind: Kind) => string])[] = [
  [
    'Who chooses id and secret',
    ({ capabilities }) => (capabilities.choosesPairs ? 'the operator' : 'the store'),
  ],
  [
    'A user that was removed comes back',
    ({ capabilities }) => (capabilities.restoresPairs ? 'with its pair' : 'with a new pair'),
  ],
  ['Creating a bucket can reset an existing one', ({ capabilities }) => yes(capabilities.creatingResets)],
  ['Longest policy', ({ capabilities }) => `${capabilities.maxPolicyBytes} bytes`],
  [`Buckets that fit, all ${code('read_only')}`, (kind) => String(mostBuckets('read_only', kind))],
  [`Buckets that fit, all ${code('read_write')}`, (kind) => String(mostBuckets('read_write', kind))],
  [
    'Policies',
    ({ capabilities }) =>
      capabilities.policies === 'Named' ? "one for all of a key's users" : 'one in each user',
  ],
  ['Most users', ({ capabilities }) => capabilities.maxUsers?.toLocaleString('en') ?? 'no limit'],
  [
    'A change is true everywhere',
    ({ capabilities }) =>
      capabilities.settlesWithinMs === 0
        ? 'with the answer'
        : `within ${capabilities.settlesWithinMs / 1000} s`,
  ],
  ['Lists the names of all buckets', ({ capabilities }) => yes(capabilities.listsBuckets)],
  [
    "Keeps a bucket's settings apart from its objects",
    ({ capabilities }) => yes(capabilities.separatesSettings),
  ],
  ['Tells when a pair was last used', ({ capabilities }) => yes(capabilities.tellsLastUse)],
  ['Keys can make sessions', ({ capabilities }) => yes(capabilities.makesSessions)],
  [
    "Fields that it can't honor",
    ({ capabilities }) => capabilities.notSupported.map(code).join(', ') || 'none',
  ],
  [
    "Actions of the guide's lists that are left out",
    ({ actions }) =>
      actions.guide
        .filter(({ fate }) => fate === 'leftOut')
        .map(({ name }) => name)
        .join(', '),
  ],
];

/** Returns docs/how-to/iam.md with the table of what each kind of store can do. */
export function renderStores(): string {
  const text = readFileSync(FILE, 'utf8');
  if (!FRAME.test(text)) throw new Error('docs/how-to/iam.md has no place for the table of stores');
  const rows = ROWS.map(([what, cell]) => [what, ...PROVIDERS.map(cell)]);
  return text.replace(FRAME, () => `${table(['', ...PROVIDERS.map(({ name }) => code(name))], rows)}\n`);
}

function yes(is: boolean): string {
  return is ? 'yes' : 'no';
}

/** Returns how many buckets with names of 20 characters fit into one key's policy. */
function mostBuckets(permissions: 'read_only' | 'read_write', { form, capabilities }: Kind): number {
  const uid = '00000000-0000-0000-0000-000000000000';
  const mark = encodeMark({
    clusterUid: uid,
    accessKeyUid: uid,
    flags: new Set(),
    label: 'x'.repeat(20),
  });
  const entry = (at: number): BucketAccess => ({
    bucketName: String(at).padStart(20, 'x'),
    permissions,
    prefixes: [],
    settings: true,
  });
  const everyKeyMay = { listBuckets: true, createBuckets: false };
  let count = 0;
  const fits = (entries: readonly BucketAccess[]) => {
    const access = { kind: 'limited', entries } as const;
    const policy = { mark, access, mayCreate: [], everyKeyMay, extraActions: [] };
    return form.sizeOf(form.render(policy)) <= capabilities.maxPolicyBytes;
  };
  while (fits(Array.from({ length: count + 1 }, (_, at) => entry(at)))) count += 1;
  return count;
}
