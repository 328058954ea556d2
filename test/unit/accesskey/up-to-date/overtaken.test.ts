import { expect, test } from 'vitest';
import type { End } from '../../../../src/accesskey/context/running.ts';
import type { KnownStore, StoreView } from '../../../../src/accesskey/context/stores.ts';
import { isOvertaken } from '../../../../src/accesskey/up-to-date/overtaken.ts';
import { ANNOTATION_PAUSED, FINALIZER } from '../../../../src/api/names.ts';
import type { Grant } from '../../../../src/api/schema/clusterobjectstore.ts';
import { accessKeyOf, grantOf, NOW } from '../../support/accesskey-fixtures.ts';

const key = 'shop/photos';
const past = new Date(NOW - 1_000).toISOString();
const later = new Date(NOW + 1_000).toISOString();
const deleted = { deletionTimestamp: past, finalizers: [FINALIZER] };

const viewOf = (grants: readonly Grant[]): StoreView => {
  const known: KnownStore = {
    observed: { title: 'ClusterObjectStore default' } as never,
    grants,
    deleting: false,
  };
  return { kind: 'notReady', reason: 'StoreUnreachable', message: '', known };
};

const pass = accessKeyOf();
const unchanged = pass;
const granting = [grantOf()];
const retaining = [grantOf({ allowRetain: true })];

test.each<[string, typeof pass | undefined, Partial<Record<'grants', readonly Grant[]>>, End[]]>([
  ['nothing has changed', unchanged, {}, []],
  ['an edit asks for something else', accessKeyOf({ spec: { limited: false } }), {}, []],
  ['it is deleted', accessKeyOf({ metadata: deleted }), {}, ['none', 'disabled']],
  ['it is gone', undefined, {}, ['none', 'disabled']],
  ['another one has its name', accessKeyOf({ metadata: { uid: 'another' } }), {}, ['none', 'disabled']],
  ['it has expired', accessKeyOf({ spec: { expiresAt: past } }), {}, ['none', 'disabled']],
  ['it expires later', accessKeyOf({ spec: { expiresAt: later } }), {}, []],
  ['it is disabled', accessKeyOf({ spec: { disabled: true } }), {}, ['none']],
  [
    'it is disabled and paused',
    accessKeyOf({ spec: { disabled: true }, metadata: { annotations: { [ANNOTATION_PAUSED]: 'true' } } }),
    {},
    [],
  ],
  ['its grant is withdrawn', unchanged, { grants: [] }, ['none']],
  [
    'it is to be retained and may not',
    accessKeyOf({ metadata: deleted, spec: { deletionPolicy: 'Retain' } }),
    {},
    ['none', 'disabled'],
  ],
  [
    'it is retained',
    accessKeyOf({ metadata: deleted, spec: { deletionPolicy: 'Retain' } }),
    { grants: retaining },
    [],
  ],
])('if %s, a pass that ends less than that is overtaken', (_, newest, { grants = granting }, overtaken) => {
  const ctx = (end: End) => ({
    stores: { view: () => viewOf(grants) } as never,
    namespaceCache: new Map() as never,
    accessKeyCache: { get: () => newest } as never,
    running: new Map([[key, { accessKey: pass, end }]]),
    now: () => NOW,
  });
  const ends: readonly End[] = ['none', 'disabled', 'revoked'];
  expect(ends.filter((end) => isOvertaken(ctx(end), key))).toEqual(overtaken);
  expect(isOvertaken({ ...ctx('none'), running: new Map() }, key)).toBe(false);
});
