/** The rules of the AccessKey CRD, each with the API server's words for what it refuses. */
import { afterAll, describe, expect, test } from 'vitest';
import { API_VERSION } from '../../../src/api/names.ts';
import {
  accepted,
  apply,
  createKey,
  DRY,
  type Json,
  keys,
  makeKey,
  mergePatch,
  photos,
  refused,
  removeKeys,
  request,
  update,
} from '../support/admission.ts';

afterAll(removeKeys);

describe('an AccessKey', () => {
  test('that says nothing gets its defaults, and a status that nobody takes for ready', async () => {
    const { body } = await accepted(createKey({}));
    expect(body['spec']).toEqual({
      storeRef: { kind: 'ClusterObjectStore', name: 'default' },
      deletionPolicy: 'Delete',
      disabled: false,
    });
    expect(body['status']).toEqual({ observedGeneration: -1 });
  });

  test.each<[string, Json]>([
    ['a label in any script', { label: 'Фото 📷 für Ümit' }],
    ['a label of 128 characters', { label: 'é'.repeat(128) }],
    ['another store', { storeRef: { name: 'archive.eu' } }],
    ['limited, to nothing', { limited: true }],
    ['limited, to nothing, with an empty list', { limited: true, bucketAccess: [] }],
    ['not limited', { limited: false }],
    ['not limited, with an empty list', { limited: false, bucketAccess: [] }],
    ['limited by its entries', { bucketAccess: [photos] }],
    [
      'none, read_only and read_write',
      {
        limited: true,
        bucketAccess: [
          photos,
          { bucketName: 'logs', permissions: 'read_only' },
          { bucketName: 'payroll', permissions: 'none' },
        ],
      },
    ],
    [
      'no deletion',
      { limited: true, bucketAccess: [{ ...photos, permissions: 'read_write', deletion: false }] },
    ],
    [
      'deletion written',
      { limited: true, bucketAccess: [{ ...photos, permissions: 'read_only', deletion: true }] },
    ],
    ['a Secret of another name', { secretName: 'photos.s3' }],
    ['an end', { expiresAt: '2027-01-01T00:00:00Z' }],
    ['an end in another zone, with a fraction', { expiresAt: '2028-02-29T23:59:59.123456-23:59' }],
    ['a grace', { keyGeneration: 7, rotation: { gracePeriod: '1h30m' } }],
    ['rotation without saying how', { rotation: {} }],
    ['an interval', { rotation: { interval: '720h' } }],
    ['the longest interval', { rotation: { interval: '8760h', gracePeriod: '168h' } }],
    ['the shortest interval', { rotation: { interval: '1h', gracePeriod: '59m59s' } }],
    ['a pair to import', { importFrom: { secretName: 'used' } }],
    ['100 buckets', { limited: true, bucketAccess: buckets(100) }],
    [
      'buckets that are created',
      {
        limited: true,
        bucketAccess: [
          { ...photos, create: true },
          { bucketName: 'logs', permissions: 'read_only', prefixes: ['a/'], create: true },
          { bucketName: 'payroll', permissions: 'none', create: false },
        ],
      },
    ],
  ])('may have %s', async (_what, spec) => {
    await accepted(createKey(spec));
  });

  test('may have as many and as long prefixes as it says', async () => {
    const prefixes = Array.from({ length: 50 }, (_, i) => `${String(i).padStart(408, 'a')}/`);
    await accepted(createKey({ limited: true, bucketAccess: [{ ...photos, prefixes }] }));
    const longest = `${'a'.repeat(511)}/`;
    await accepted(createKey({ limited: true, bucketAccess: [{ ...photos, prefixes: [longest] }] }));
    const logs = { ...photos, bucketName: 'logs', prefixes: [longest] };
    await refused(
      createKey({ limited: true, bucketAccess: [{ ...photos, prefixes }, logs] }),
      'spec.bucketAccess: Invalid value: the prefixes of all buckets must have at most 20480 characters in total',
    );
  });

  const entry = (part: Json) => ({ limited: true, bucketAccess: [{ ...photos, ...part }] });
  test.each<[string, Json, string]>([
    [
      'an empty list without limited',
      { bucketAccess: [] },
      'spec.bucketAccess: Invalid value: bucketAccess is empty and limited is missing, which could mean no bucket or every bucket: set limited: true',
    ],
    [
      'entries beside limited: false',
      { limited: false, bucketAccess: [photos] },
      'spec.limited: Invalid value: limited: false gives full access to every bucket, but bucketAccess names some: set limited: true',
    ],
    [
      'an empty label',
      { label: '' },
      'spec.label: Invalid value: "": spec.label in body should be at least 1 chars long',
    ],
    [
      'a label of 129 characters',
      { label: 'a'.repeat(129) },
      'spec.label: Too long: may not be more than 128 bytes',
    ],
    ['a label with a line break', { label: 'a\nb' }, 'label must be one line of text: remove line breaks'],
    ['a label with a DEL', { label: 'a\u007f' }, 'label must be one line of text'],
    ['a label with a line separator', { label: 'a\u2028b' }, 'label must be one line of text'],
    ...['\u200b', '\u200d', '\u202e', '\u2066', '\u00ad', '\ufeff', '\u034f', '\u3164'].map(
      (character): [string, Json, string] => [
        `a label with the invisible U+${character.charCodeAt(0).toString(16)}`,
        { label: `backup${character}s` },
        'label must not contain invisible characters',
      ],
    ),
    [
      'a store of another kind',
      { storeRef: { kind: 'Bucket' } },
      'spec.storeRef.kind: Unsupported value: "Bucket": supported values: "ClusterObjectStore", "ObjectStore"',
    ],
    [
      "what isn't a store's name",
      { storeRef: { name: 'a/b' } },
      'spec.storeRef.name: Invalid value: "a/b": the name of a store must consist of lowercase letters',
    ],
    [
      "what isn't a Secret's name",
      { secretName: 'Photos' },
      'spec.secretName: Invalid value: "Photos": the name of a Secret must consist of lowercase letters',
    ],
    ...['sh.helm.release.v1.web.v3', 'prod-kubeconfig', 'bootstrap-token-abcdef', 'argocd-secret'].map(
      (secretName): [string, Json, string] => [
        `the Secret's name ${secretName}`,
        { secretName },
        'spec.secretName: Forbidden: other software trusts a Secret with this name',
      ],
    ),
    ["a Secret's name of 254 characters", { secretName: 'a'.repeat(254) }, 'spec.secretName: Too long'],
    [
      'a bucket created that it may not use',
      entry({ permissions: 'none', create: true }),
      'spec.bucketAccess[0].create: Invalid value: create: true creates the bucket for the key, but permissions: none closes it to the key: set read_only or read_write',
    ],
    [
      'an entry without permissions',
      { bucketAccess: [{ bucketName: 'photos' }] },
      'spec.bucketAccess[0].permissions: Required value',
    ],
    [
      'an entry without a bucket',
      { bucketAccess: [{ permissions: 'none' }] },
      'spec.bucketAccess[0].bucketName: Required value',
    ],
    [
      'other permissions',
      entry({ permissions: 'write_only' }),
      'Unsupported value: "write_only": supported values: "none", "read_only", "read_write"',
    ],
    [
      'a bucket twice',
      { bucketAccess: [photos, photos] },
      'spec.bucketAccess[1]: Duplicate value: {"bucketName":"photos"}',
    ],
    [
      '101 buckets',
      { bucketAccess: buckets(101) },
      'spec.bucketAccess: Too many: 101: must have at most 100 items',
    ],
    ['a bucket of two characters', entry({ bucketName: 'ab' }), 'should be at least 3 chars long'],
    ['a bucket of 64 characters', entry({ bucketName: 'a'.repeat(64) }), 'may not be more than 63 bytes'],
    [
      'a wildcard for a bucket',
      entry({ bucketName: 'photos*' }),
      'spec.bucketAccess[0].bucketName: Invalid value: "photos*": bucketName must consist of lowercase letters, digits, dots and hyphens',
    ],
    [
      'an address for a bucket',
      entry({ bucketName: '10.0.0.1' }),
      'bucketName must not look like an IP address: write',
    ],
    [
      "MinIO's own bucket",
      entry({ bucketName: 'minio' }),
      'bucketName must not be minio, which the store reserves for itself: write',
    ],
    [
      'no prefix in the list',
      entry({ prefixes: [] }),
      'spec.bucketAccess[0].prefixes: Invalid value: 0: spec.bucketAccess[0].prefixes in body should have at least 1 items',
    ],
    [
      '51 prefixes',
      entry({ prefixes: Array.from({ length: 51 }, (_, i) => `${i}/`) }),
      'prefixes: Too many: 51: must have at most 50 items',
    ],
    ...['read_only', 'none'].map((permissions): [string, Json, string] => [
      `no deletion beside ${permissions}`,
      entry({ permissions, deletion: false }),
      'deletion: false takes deleting out of read_write: set permissions: read_write',
    ]),
    ['a prefix twice', entry({ prefixes: ['a/', 'a/'] }), 'prefixes[1]: Duplicate value: "a/"'],
    [
      'a prefix of 513 characters',
      entry({ prefixes: [`${'a'.repeat(512)}/`] }),
      'may not be more than 512 bytes',
    ],
    [
      'a wildcard in a prefix',
      entry({ prefixes: ['20*/'] }),
      'prefixes[0]: Invalid value: "20*/": a prefix must consist of letters, digits, / and !_.\'()=+@-: write',
    ],
    [
      'a prefix without a slash',
      entry({ prefixes: ['2026'] }),
      'prefixes[0]: Invalid value: "2026": a prefix must end in /, and must not begin with /',
    ],
    ['a field that does not exist', { expires: '2027-01-01T00:00:00Z' }, 'unknown field "spec.expires"'],
    ...[
      '2027-01-01',
      '2099-01-01T00:00:00+24:00',
      '2099-01-01T00:00:00+01:60',
      '2099-01-01T00:00:00,5Z',
      '2099-01-01 00:00:00Z',
      '2099-01-01T00:00:00',
      '2099-01-01T24:00:00Z',
      '2099-01-01T00:00:60Z',
      '2099-04-31T00:00:00Z',
      '0001-01-01T00:00:00Z',
      'tomorrow',
    ].map((expiresAt): [string, { expiresAt: string }, string] => [
      `${expiresAt} as an end`,
      { expiresAt },
      'expiresAt must be an RFC 3339 date and time, with a zone of less than 24 hours: write, for example,',
    ]),
    ['a 29th of February that is none', { expiresAt: '2099-02-29T00:00:00Z' }, 'expiresAt'],
    ['a generation of 0', { keyGeneration: 0 }, 'should be greater than or equal to 1'],
    ['a grace in days', { rotation: { gracePeriod: '1d' } }, 'gracePeriod must be 0s to 168h'],
    ['a grace over a week', { rotation: { gracePeriod: '169h' } }, 'gracePeriod must be 0s to 168h'],
    ['an interval in days', { rotation: { interval: '30d' } }, 'interval must be 1h to 8760h (a year)'],
    [
      'an interval below an hour',
      { rotation: { interval: '59m', gracePeriod: '1m' } },
      'interval must be 1h to',
    ],
    ['an interval over a year', { rotation: { interval: '8761h' } }, 'interval must be 1h to 8760h'],
    [
      'an interval that is no longer than the grace',
      { rotation: { interval: '1h', gracePeriod: '60m' } },
      'spec.rotation.interval: Invalid value: interval must be longer than gracePeriod (default 24h), or replaced pairs pile up: increase interval',
    ],
    [
      'an interval that is no longer than the grace by default',
      { rotation: { interval: '24h' } },
      'interval must be longer than gracePeriod (default 24h)',
    ],
    ['another deletionPolicy', { deletionPolicy: 'Keep' }, 'supported values: "Delete", "Retain"'],
    [
      'its own Secret to import from',
      { secretName: 'used', importFrom: { secretName: 'used' } },
      'importFrom and secretName name the same Secret',
    ],
  ])('may not have %s', async (_what, spec, message) => {
    await refused(createKey(spec), message);
  });

  test('has a spec', async () => {
    await refused(
      request('POST', `${keys}?${DRY}`, {
        apiVersion: API_VERSION,
        kind: 'AccessKey',
        metadata: { name: 'a' },
      }),
      'spec: Required value',
    );
  });

  test('has a name of up to 63 characters', async () => {
    await accepted(createKey({}, 'a'.repeat(63)));
    await refused(
      createKey({}, 'a'.repeat(64)),
      'the name of an AccessKey must have at most 63 characters, because the operator writes it into a label: choose',
    );
  });
});

describe('an edit of an AccessKey', () => {
  const unclear =
    'spec.limited: Forbidden: this key is limited, and without limited and bucketAccess it would get full access to every bucket: set limited: true';
  const moved =
    'spec.storeRef: Forbidden: storeRef cannot change: create a new AccessKey for the other store';

  test('lets a key delete again only if the new entry says so', async () => {
    const backups = { bucketName: 'backups', permissions: 'read_write' };
    const spec = (part: Json) => ({ limited: true, bucketAccess: [photos, { ...backups, ...part }] });
    const name = await makeKey(spec({ deletion: false }));
    const unwritten =
      'this entry has deletion: false, and without the field the key could delete: set deletion: true';
    await refused(update(name, spec({})), unwritten);
    await refused(apply(name, spec({})), unwritten);
    await accepted(update(name, spec({ permissions: 'read_only' })));
    await accepted(update(name, spec({ deletion: false })));
    await accepted(update(name, spec({ deletion: true })));
    const free = await makeKey(spec({ deletion: true }));
    await accepted(update(free, spec({})));
  });

  test.each<[string, Json]>([
    ['both written', { limited: true, bucketAccess: [photos] }],
    ['limited alone', { limited: true }],
    ['entries alone', { bucketAccess: [photos] }],
  ])('never lifts the limit by leaving it out: %s', async (_what, spec) => {
    const name = await makeKey(spec);
    const patch = Object.fromEntries(Object.keys(spec).map((field) => [field, null]));
    await refused(update(name, {}), unclear);
    await refused(mergePatch(name, patch), unclear);
    await refused(apply(name, {}), unclear);
    await refused(
      mergePatch(name, { limited: null, bucketAccess: [] }),
      'spec.bucketAccess: Invalid value: bucketAccess is empty',
    );
    await refused(
      mergePatch(name, { limited: false, bucketAccess: [photos] }),
      'spec.limited: Invalid value: limited: false gives full access',
    );
    await accepted(mergePatch(name, { limited: true, bucketAccess: null }));
    await accepted(mergePatch(name, { limited: null, bucketAccess: [{ ...photos, permissions: 'none' }] }));
    await accepted(mergePatch(name, { limited: false, bucketAccess: null }));
    await accepted(apply(name, { limited: false }));
    await accepted(mergePatch(name, { label: 'Another' }));
  });

  test.each<[string, Json]>([
    ['nothing written', {}],
    ['limited: false', { limited: false }],
    ['limited: false and an empty list', { limited: false, bucketAccess: [] }],
  ])('may limit an unrestricted key, and may leave it unrestricted: %s', async (_what, spec) => {
    const name = await makeKey(spec);
    await accepted(update(name, {}));
    await accepted(apply(name, { limited: true, bucketAccess: [photos] }));
    await accepted(mergePatch(name, { limited: null, bucketAccess: [photos] }));
  });

  test('never imports from the Secret that it would write by default', async () => {
    const { body } = await accepted(createKey({}));
    const { name } = body['metadata'] as { name: string };
    await refused(
      createKey({ importFrom: { secretName: name } }, name),
      'importFrom names the Secret that this AccessKey writes',
    );
  });

  test('never imports from another Secret than at first', async () => {
    const name = await makeKey({ importFrom: { secretName: 'used' } });
    await refused(mergePatch(name, { importFrom: { secretName: 'another' } }), 'importFrom cannot change');
    await refused(mergePatch(name, { importFrom: null }), 'importFrom cannot change');
  });

  test('never moves it to another store, nor back to the default one by leaving storeRef out', async () => {
    const name = await makeKey({ storeRef: { name: 'archive' }, limited: true });
    await refused(mergePatch(name, { storeRef: { name: 'default' } }), moved);
    await refused(mergePatch(name, { storeRef: null }), moved);
    await refused(update(name, { limited: true }), moved);
    await refused(apply(name, { limited: true }), moved);
    await accepted(update(name, { limited: true, storeRef: { name: 'archive' }, label: 'Archive' }));
  });
});

function buckets(count: number): Json[] {
  return Array.from({ length: count }, (_, i) => ({ bucketName: `bucket-${i}`, permissions: 'read_only' }));
}
