/** The chart's ValidatingAdmissionPolicy, case by case. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { NamespaceLabels } from '../../../src/accesskey/policy/grants.ts';
import type { KubeObject, Ref } from '../../bed/api.ts';
import { accessKeyRef, storeRef, until } from '../support/fixtures.ts';
import {
  bed,
  createKey,
  installPolicy,
  makeNamespaces,
  makeStore,
  RUN,
  removeAll,
  tryCreate,
  tryUpdate,
} from '../support/grants-policy.ts';

const { api } = bed;

const HOME = `${RUN}-home`;
const NAMESPACES: readonly NamespaceLabels[] = [
  { name: HOME, labels: { team: 'red' } },
  { name: `${RUN}-plain`, labels: {} },
];

const photos = { bucketName: 'shop-photos', permissions: 'read_write' };
const logs = { bucketName: 'shop-logs', permissions: 'read_only' };
const payroll = { bucketName: 'payroll', permissions: 'none' };
const archive = { bucketName: 'archive', permissions: 'read_write', prefixes: ['2025/', '2026/'] };
/** The access of a key in a store that has withdrawn all grants. */
const HELD = { limited: true, bucketAccess: [photos, logs, payroll, archive], secretName: 'photos' };

let policy: Ref;
let withdrawn: string;
let key: KubeObject;

beforeAll(async () => {
  await makeNamespaces(NAMESPACES);
  withdrawn = await makeStore('withdrawn', []);
  key = await createKey(HOME, withdrawn, HELD, 'held');
  policy = await installPolicy(HOME);
});
afterAll(removeAll);

// Of the validations alone: a fault in a variable shows where it is used, in the tests below.
test('the API server finds nothing wrong with its types', async () => {
  const checked = await api.waitFor(policy, 'type checked', (seen) => {
    const upToDate = seen?.status?.['observedGeneration'] === seen?.metadata.generation;
    return upToDate && seen?.status?.['typeChecking'];
  });
  expect(checked).toEqual({});
});

describe('a key whose grant was withdrawn', () => {
  const less = (...bucketAccess: object[]) => ({ ...HELD, bucketAccess });
  test.each<[string, object]>([
    ['applied as it is', HELD],
    ['disabled', { ...HELD, disabled: true }],
    ['enabled again: the operator keeps it disabled', { ...HELD, disabled: false }],
    ['given a label', { ...HELD, label: 'Photos' }],
    ['given another Secret', { ...HELD, secretName: 'other' }],
    ['rotated', { ...HELD, keyGeneration: 2 }],
    ['given an end', { ...HELD, expiresAt: '2027-01-01T00:00:00Z' }],
    ['taken an entry from', less(photos, payroll, archive)],
    ['taken every entry from', less()],
    ['given its entries in another order', less(archive, payroll, logs, photos)],
    ['lowered to read_only', less({ ...photos, permissions: 'read_only' }, logs)],
    ['lowered to none', less({ ...photos, permissions: 'none' }, logs)],
    ['confined to a prefix', less({ ...photos, prefixes: ['new/'] })],
    ['confined to fewer prefixes', less({ ...archive, prefixes: ['2026/'] })],
    [
      'confined to prefixes within its own',
      less({ ...archive, prefixes: ['2026/01/', '2026/02/', '2025/'] }),
    ],
    ['given an entry with none', less({ bucketName: 'other', permissions: 'none' })],
    ['given create: false', less({ ...photos, create: false })],
  ])('can be %s', async (_, spec) => {
    expect(await tryUpdate(key, spec)).toBe('');
  });

  test.each<[string, object, string]>([
    ['a bucket', less(photos, { ...logs, bucketName: 'other' }), 'read_only on bucket other;'],
    ['write access', less({ ...logs, permissions: 'read_write' }), 'read_write on bucket shop-logs;'],
    [
      'what it named with none',
      less({ ...payroll, permissions: 'read_only' }),
      'read_only on bucket payroll;',
    ],
    ['a whole bucket', less({ ...archive, prefixes: undefined }), 'read_write on bucket archive;'],
    ['one more prefix', less({ ...archive, prefixes: ['2026/', '2027/'] }), 'read_write on bucket archive;'],
    ['a wider prefix', less({ ...archive, prefixes: ['2/'] }), 'read_write on bucket archive;'],
    [
      'a bucket that it writes to be created',
      less({ ...photos, create: true }),
      'read_write on bucket shop-photos;',
    ],
    [
      'a bucket that it reads to be created',
      less({ ...logs, create: true }),
      'read_write on bucket shop-logs (create: true needs it);',
    ],
    ['unrestricted access', { limited: false }, 'unrestricted access;'],
    ['to outlive its object', { ...HELD, deletionPolicy: 'Retain' }, 'keys that outlive their AccessKey'],
  ])('can not be given %s', async (_, spec, said) => {
    expect(await tryUpdate(key, spec)).toContain(`does not grant namespace ${HOME} ${said}`);
  });

  test('can be labelled, given finalizers, and deleted', async () => {
    const ref = accessKeyRef(HOME, 'let-go');
    const spec = { limited: true };
    const store = await makeStore('let-go', [{ namespaces: { all: true }, buckets: ['*'] }]);
    await until('granted', async () => (await tryCreate(HOME, store, HELD)) === '');
    await createKey(HOME, store, HELD, ref.metadata.name);
    await api.patch(storeRef(store), { spec: { grants: [] } });
    await until('withdrawn', async () => (await tryCreate(HOME, store, spec)) !== '');
    await api.patch(ref, { metadata: { labels: { a: 'b' }, finalizers: ['example.com/wait'] } });
    await api.delete(ref);
    // While it is being deleted nothing is refused any more; here that the operator may let it go.
    await api.patch(ref, { spec: { deletionPolicy: 'Retain' } });
    await api.patch(ref, { metadata: { finalizers: null } });
    await api.waitGone(ref);
  });
});

test('a refusal says what is granted, and what to do', async () => {
  const store = await makeStore('offer', [
    { namespaces: { names: [HOME] }, buckets: ['shop-photos', '{namespace}.*'] },
    { namespaces: { matchLabels: { team: 'red' } }, buckets: ['shop-*'], permissions: 'read_only' },
    { namespaces: { names: ['elsewhere'] }, buckets: ['*'] },
  ]);
  const beyond = [
    { ...logs, bucketName: 'payroll' },
    { ...photos, bucketName: 'shop-x' },
  ];
  const spec = { limited: true, bucketAccess: [photos, logs, ...beyond] };
  const said = await until('refused', async () => (await tryCreate(HOME, store, spec)) || undefined);
  expect(said).toBe(
    `ClusterObjectStore ${store} does not grant namespace ${HOME} read_only on bucket payroll, read_write on bucket shop-x; ` +
      `it grants read_write on shop-photos, ${HOME}.*, read_only on shop-*: ask for no more than that, or ask its administrator for a grant`,
  );
  expect(await tryCreate(NAMESPACES[1]?.name ?? '', store, spec)).toContain(
    'any access; none of its grants names this namespace: ask its administrator for one',
  );
});

test('a store that does not exist lets a key in', async () => {
  expect(await tryCreate(HOME, `${RUN}-nowhere`, { limited: false, deletionPolicy: 'Retain' })).toBe('');
});

test('a grant is in force within seconds, and so is its withdrawal', async () => {
  const spec = { limited: true, bucketAccess: [photos] };
  for (const [grants, refused] of [
    [[{ namespaces: { names: [HOME] }, buckets: ['shop-*'] }], false],
    [[], true],
  ] as const) {
    await api.patch(storeRef(withdrawn), { spec: { grants } });
    const changed = async () => ((await tryCreate(HOME, withdrawn, spec)) !== '') === refused;
    const started = performance.now();
    await until('in force', changed, 5_000);
    console.log(`in force after ${Math.round(performance.now() - started)} ms`);
  }
});

test('100 entries of the longest names fit, against 50 grants of 50 of the longest patterns', async () => {
  const long = (n: number) => `${'long-name-'.repeat(6)}${String(n).padStart(3, '0')}`;
  const bucketAccess = Array.from({ length: 100 }, (_, n) => ({
    bucketName: long(n),
    permissions: n % 2 ? 'read_write' : 'read_only',
    ...(n % 4 === 0 && { create: true }),
  }));
  const patterns = (grant: number) =>
    Array.from({ length: 50 }, (_, n) => `${'long-name-'.repeat(5)}${grant * 50 + n}-{namespace}.*`);
  const grants = Array.from({ length: 50 }, (_, n) => ({ namespaces: { all: true }, buckets: patterns(n) }));
  const [last = { buckets: [] }] = grants.slice(-1);
  const covering = [...grants.slice(0, -1), { ...last, buckets: [...last.buckets.slice(1), 'long-*'] }];
  const [big, none] = [await makeStore('big', covering), await makeStore('big-none', grants)];
  const spec = { limited: true, bucketAccess };
  const refused = await until('known', async () => (await tryCreate(HOME, none, spec)) || undefined);
  expect(refused).toContain(`read_write on bucket ${long(9)} and 90 more;`);

  const extra = { bucketName: 'elsewhere', permissions: 'read_only' };
  const withExtra = { ...spec, bucketAccess: [...bucketAccess.slice(1), extra] };
  const object = await createKey(HOME, big, { limited: true }, 'big');
  const timed = async (what: string, request: () => Promise<string>) => {
    const started = performance.now();
    const said = await request();
    console.log(`${what}: ${Math.round(performance.now() - started)} ms`);
    return said;
  };
  expect(await timed('create, granted', () => tryCreate(HOME, big, spec))).toBe('');
  expect(await timed('update, granted', () => tryUpdate(object, spec))).toBe('');
  expect(await timed('create, refused', () => tryCreate(HOME, big, withExtra))).toContain(
    'on bucket elsewhere;',
  );
  expect(await timed('update, refused', () => tryUpdate(object, withExtra))).toContain(
    'on bucket elsewhere;',
  );
});
