import { expect, test } from 'vitest';
import type { ObservedSecret } from '../../../../src/accesskey/observe/observed.ts';
import { damageOf } from '../../../../src/accesskey/plan/secret-drift.ts';
import { ownership, secretFacts } from '../../../../src/accesskey/secret/facts.ts';
import { secretManifest } from '../../../../src/accesskey/secret/publication.ts';
import {
  ANNOTATION_ISSUED_AT,
  ANNOTATION_PREVIOUS_KEYS,
  ANNOTATION_USER,
  LABEL_ACCESS_KEY,
  LABEL_MANAGED_BY,
} from '../../../../src/api/names.ts';
import type { Secret } from '../../../../src/kube/objects.ts';
import { accessKeyOf, NAME, publicationOf } from '../../support/accesskey-fixtures.ts';

const accessKey = accessKeyOf({ metadata: { generation: 3 }, status: { observedGeneration: 3 } });
const publication = publicationOf({
  shape: { labels: { team: 'shop' }, annotations: {}, data: {}, source: '', withheld: undefined },
});

type Metadata = Secret['metadata'];

/** The Secret as it was published, with a hand's change of its metadata. */
function observed(change: (metadata: Metadata) => Partial<Metadata> = () => ({})): ObservedSecret {
  const { metadata, data } = secretManifest(accessKey, NAME, publication);
  const whole: Metadata = {
    ...metadata,
    uid: 's',
    resourceVersion: '1',
    creationTimestamp: '2026-11-23T12:00:00Z',
  };
  const facts = secretFacts({ metadata: { ...whole, ...change(whole) }, data });
  return { facts, ownership: ownership(facts, accessKey), pair: publication.pair };
}

test.each<[string, (metadata: Metadata) => Partial<Metadata>, string[]]>([
  ['nothing', () => ({}), []],
  ['a label of ours', ({ labels }) => ({ labels: { ...labels, [LABEL_ACCESS_KEY]: 'another' } }), ['labels']],
  ['its labels, and with them whose it is', () => ({ labels: {}, ownerReferences: [] }), ['labels', 'owner']],
  ['its owner', () => ({ ownerReferences: [] }), ['owner']],
  [
    'the time of its pair',
    ({ annotations }) => ({
      annotations: { ...annotations, [ANNOTATION_ISSUED_AT]: '2100-01-01T00:00:00Z' },
    }),
    ['annotations'],
  ],
  ['all annotations', () => ({ annotations: {} }), ['annotations']],
  [
    'the name of its user',
    ({ annotations }) => ({ annotations: { ...annotations, [ANNOTATION_USER]: 'another' } }),
    ['annotations'],
  ],
  [
    'nothing since an earlier version of the operator wrote it',
    ({ annotations: { [ANNOTATION_USER]: _, ...annotations } = {} }) => ({ annotations }),
    [],
  ],
  // These end by themselves, and a template's are the template's.
  [
    'its previous keys, in the form that the operator writes',
    ({ annotations }) => ({
      annotations: {
        ...annotations,
        [ANNOTATION_PREVIOUS_KEYS]: '[{"accessKeyId":"abc","revokeAt":"2026-12-01T00:00:00.000Z"}]',
      },
    }),
    [],
  ],
  [
    'its previous keys, in another form',
    ({ annotations }) => ({ annotations: { ...annotations, [ANNOTATION_PREVIOUS_KEYS]: '[{}]' } }),
    ['annotations'],
  ],
  [
    'a label of its template',
    ({ labels }) => ({
      labels: { [LABEL_MANAGED_BY]: labels?.[LABEL_MANAGED_BY] ?? '', [LABEL_ACCESS_KEY]: NAME },
    }),
    [],
  ],
])('the drift of a Secret names the change of %s', (_, change, expected) => {
  expect(damageOf({ secret: observed(change), accessKey }, publication)).toEqual(expected);
});

test('the drift of a Secret counts no change by the spec, and no missing Secret', () => {
  const secret = observed(() => ({ ownerReferences: [] }));
  const edited = accessKeyOf({ metadata: { generation: 4 }, status: { observedGeneration: 3 } });
  expect(damageOf({ secret, accessKey: edited }, publication)).toEqual([]);
  expect(damageOf({ secret, accessKey }, { ...publication, retained: true })).toEqual([]);
  expect(damageOf({ secret: undefined, accessKey }, publication)).toEqual([]);
});
