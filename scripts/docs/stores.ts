import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GrantedEntry } from '../../src/accesskey/policy/grants.ts';
import { policyDocument } from '../../src/accesskey/policy/policy.ts';
import type { ProviderTraits } from '../../src/provider/capabilities.ts';
import { IAM } from '../../src/provider/iam/traits.ts';
import { MINIO } from '../../src/provider/minio/traits.ts';
import { code, table } from './markdown.ts';

const FILE = join(import.meta.dirname, '..', '..', 'docs', 'how-to', 'iam.md');

/** Frames the table of what each kind of store can do. */
const FRAME = /(?<=<!-- generated: stores -->\n)[\s\S]*?(?=<!-- end -->)/;

const PROVIDERS: readonly (readonly [name: string, traits: ProviderTraits])[] = [
  ['MinIO', MINIO],
  ['IAM', IAM],
];

const ROWS: readonly (readonly [what: string, cell: (traits: ProviderTraits) => string])[] = [
  [
    'Who chooses id and secret',
    ({ capabilities }) => (capabilities.choosesPairs ? 'the operator' : 'the store'),
  ],
  [
    'A user that was removed comes back',
    ({ capabilities }) => (capabilities.choosesPairs ? 'with its pair' : 'with a new pair'),
  ],
  [
    `Take over an existing user (${code('importFrom')})`,
    ({ capabilities }) => yes(capabilities.importsUsers),
  ],
  ['Whoever may create a bucket may reset one', ({ actions }) => yes(actions.creatingResets)],
  ['Longest policy', ({ actions }) => `${actions.maxPolicyBytes} bytes`],
  [`Buckets that fit, all ${code('read_only')}`, ({ actions }) => String(mostBuckets('read_only', actions))],
  [
    `Buckets that fit, all ${code('read_write')}`,
    ({ actions }) => String(mostBuckets('read_write', actions)),
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
  const rows = ROWS.map(([what, cell]) => [what, ...PROVIDERS.map(([, traits]) => cell(traits))]);
  return text.replace(FRAME, () => `${table(['', ...PROVIDERS.map(([name]) => code(name))], rows)}\n`);
}

function yes(is: boolean): string {
  return is ? 'yes' : 'no';
}

/** Returns how many buckets with names of 20 characters fit into one key's policy. */
function mostBuckets(permissions: 'read_only' | 'read_write', actions: ProviderTraits['actions']): number {
  const uid = '00000000-0000-0000-0000-000000000000';
  const mark = { clusterUid: uid, accessKeyUid: uid, flags: new Set<never>(), label: 'x'.repeat(20) };
  const entry = (at: number): GrantedEntry => ({
    bucketName: String(at).padStart(20, 'x'),
    permissions,
    prefixes: [],
    settings: true,
  });
  let count = 0;
  const fits = (entries: readonly GrantedEntry[]) => {
    const access = { kind: 'limited', entries } as const;
    const document = policyDocument({ mark, access, mayList: true, mayCreate: [], noWiping: [] }, actions);
    return Buffer.byteLength(JSON.stringify(document)) <= actions.maxPolicyBytes;
  };
  while (fits(Array.from({ length: count + 1 }, (_, at) => entry(at)))) count += 1;
  return count;
}
