import { describe, expect, test } from 'vitest';
import type { SecretFacts } from '../../../../src/accesskey/secret/facts.ts';
import { createSecretIndex } from '../../../../src/accesskey/secret/index-by-key.ts';
import { ownSecretNames } from '../../../../src/accesskey/secret/own-names.ts';
import { LABEL_ACCESS_KEY, LABEL_MANAGED_BY, MANAGED_BY } from '../../../../src/api/names.ts';
import { newAccessKeyId, policyName } from '../../../../src/ownership/names.ts';
import { accessKeyOf, CLUSTER, NAME, NAMESPACE, OTHER_UID, UID } from '../../support/accesskey-fixtures.ts';
import { cpuMs } from '../../support/cpu-time.ts';

const POLICY = policyName(CLUSTER, NAMESPACE, NAME);
const OWN_ID = newAccessKeyId(POLICY, () => Buffer.alloc(8));
const accessKey = accessKeyOf({ status: { accessKeyId: 'imported', secretName: 'before' } });

function facts(name: string, accessKeyId: string | undefined, controller?: string): SecretFacts {
  const owner = { apiVersion: 'accesskeys.dev/v1alpha1', kind: 'AccessKey', name: NAME, controller: true };
  return {
    metadata: {
      name,
      namespace: NAMESPACE,
      uid: name,
      resourceVersion: '1',
      creationTimestamp: '',
      labels: { [LABEL_MANAGED_BY]: MANAGED_BY, [LABEL_ACCESS_KEY]: NAME },
      ...(controller && { ownerReferences: [{ ...owner, uid: controller }] }),
    },
    accessKeyId,
    digest: undefined,
    endpoint: undefined,
    region: undefined,
    templatedDigest: undefined,
    isWrittenHere: true,
  };
}

const copied = (secret: SecretFacts): SecretFacts => ({ ...secret, isWrittenHere: false });

describe("an AccessKey's own Secrets", () => {
  test.each<[string, SecretFacts, boolean]>([
    ['it controls', facts('a', 'whatever', UID), true],
    ['it controls, without an id', facts('a', undefined, UID), true],
    ['it controls, of another name, and somebody else wrote', copied(facts('a', OWN_ID, UID)), false],
    ['it controls, of its name, and somebody else wrote', copied(facts(NAME, OWN_ID, UID)), true],
    ['another one controls', facts('a', OWN_ID, OTHER_UID), false],
    ['nobody owns, of the name that the status says, with its id', facts('before', 'imported'), true],
    ['nobody owns, of the name that the spec says, whose tag fits', facts(NAME, OWN_ID), true],
    ['nobody owns, of such a name, with another id', facts('before', 'other'), false],
    ['nobody owns, of any other name', facts('a', OWN_ID), false],
  ])('include one that %s: %j', (_what, secret, own) => {
    expect(ownSecretNames(accessKey, POLICY, [secret])).toEqual(own ? [secret.metadata.name] : []);
  });

  test('come with the one that the status names first, and forged ones last', () => {
    const secrets = [
      facts('forged', 'x', UID),
      facts('lost', OWN_ID, UID),
      facts('before', 'edited by hand', UID),
      facts('forged-too', undefined, UID),
    ];
    expect(ownSecretNames(accessKey, POLICY, secrets)).toEqual(['before', 'lost', 'forged', 'forged-too']);
  });
});

describe('the index', () => {
  test('names a hundred Secrets of an AccessKey at most, and others as these go', () => {
    const index = createSecretIndex();
    const all = Array.from({ length: 10_000 }, (_, n) => facts(`s-${n}`, undefined));
    for (const one of all) index.change(undefined, one);
    const key = `${NAMESPACE}/${NAME}`;
    expect(index.namesOf(key)).toHaveLength(100);
    for (const one of all.slice(0, 9_990)) index.change(one, undefined);
    expect(index.namesOf(key)).toHaveLength(10);
    for (const one of all.slice(9_990)) index.change(one, undefined);
    expect(index.namesOf(key)).toEqual([]);
  });

  test('takes in thousands of Secrets of one AccessKey as fast as one of each of thousands', () => {
    const timeOf = (labelOf: (n: number) => string) => {
      const index = createSecretIndex();
      const all = Array.from({ length: 30_000 }, (_, n) => {
        const one = facts(`s-${n}`, undefined);
        return { ...one, metadata: { ...one.metadata, labels: { [LABEL_ACCESS_KEY]: labelOf(n) } } };
      });
      return cpuMs(() => {
        for (const one of all) index.change(undefined, one);
      });
    };
    const each = timeOf((n) => `key-${n}`);
    expect(timeOf(() => NAME)).toBeLessThan(5 * each + 300);
  });
});
