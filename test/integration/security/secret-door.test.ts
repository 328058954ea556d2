/**
 * Creating an AccessKey is creating an Opaque Secret: what other software trusts or acts on isn't written into it, by the
 * CRD's rules and once more by the operator, for objects that are older than a rule or came past it.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AccessKey } from '../../../src/api/schema/accesskey.ts';
import type { KubeObject } from '../../bed/api.ts';
import { DOORS } from '../../unit/support/secret-doors.ts';
import {
  edit,
  fixtures,
  type NamespacedRef,
  readPair,
  ready,
  reason,
  samePair,
  secretOf,
  secretRef,
  type TestStore,
  until,
} from '../support/fixtures.ts';

type Spec = Partial<AccessKey['spec']>;

const doors = await fixtures('secret-door');
const { bed } = doors;
afterAll(doors.end);

let namespace = '';
let store: TestStore;
const ANY = { args: ['--secret-labels=*', '--secret-annotations=*'] };

beforeAll(async () => {
  store = await doors.store({ grants: [{ namespaces: { all: true }, buckets: ['*'] }] });
  namespace = await doors.namespace();
});

const found = async (ref: NamespacedRef): Promise<KubeObject['metadata'] & { data: object }> => {
  const secret = await bed.api.get(secretOf(ref));
  if (!secret) throw new Error('there is no Secret');
  return { ...secret.metadata, data: secret.data ?? {} };
};

const key = (spec: Spec, name?: string) =>
  doors.accessKey(namespace, store, { limited: true, ...spec }, name);

describe('an operator with the default lists', () => {
  beforeAll(() => doors.restart());

  test('makes no release of Helm that nobody installed', async () => {
    const name = 'sh.helm.release.v1.web.v3';
    const secretTemplate = {
      labels: { owner: 'helm', name: 'web', status: 'superseded', version: '3' },
      data: { release: 'SDRzSUFBQUFBQUFDL3d=' },
    };
    await expect(key({ secretName: name, secretTemplate })).rejects.toThrow(
      'other software trusts a Secret with this name',
    );
    await expect(key({ secretTemplate }, name)).rejects.toThrow(
      'other software trusts a Secret with this name',
    );
    await expect(key({ secretTemplate })).rejects.toThrow('or release, which Helm trusts');
    expect(await bed.api.exists(secretRef(namespace, name))).toBe(false);
  });

  test('issues nothing with a label or annotation by which other software acts', async () => {
    // The policy of the chart isn't installed here: it is the operator that refuses.
    for (const { what, labels = {}, annotations = {} } of DOORS) {
      const ref = await key({ secretTemplate: { labels, annotations } }).catch(
        (error: Error) => error.message,
      );
      if (typeof ref === 'string') {
        expect(ref, what).toContain('makes software act on the Secret');
        continue;
      }
      const { message } = await reason(bed, ref, 'SecretNotAllowed');
      expect(message, what).toContain('does not allow');
      expect(await bed.api.exists(secretOf(ref)), what).toBe(false);
      const { metadata } = (await bed.api.get(ref)) ?? {};
      expect(metadata?.finalizers ?? [], what).toEqual([]);
    }
  });

  test('issues the pair once the label is gone', async () => {
    const ref = await key({
      secretTemplate: { labels: { team: 'shop', 'custom.accesskeys.dev/team': 'shop' } },
    });
    const { message } = await reason(bed, ref, 'SecretNotAllowed');
    expect(message).toContain('label "team"');
    await edit(bed, ref, { secretTemplate: { labels: { team: null } } });
    await ready(bed, ref);
    expect((await found(ref)).labels).toMatchObject({ 'custom.accesskeys.dev/team': 'shop' });
  });
});

describe('an upgrade', () => {
  test('keeps the pair in force, takes off what is not allowed any more, and says so', async () => {
    await doors.restart(ANY);
    const secretTemplate = {
      labels: { owner: 'helm', 'custom.accesskeys.dev/team': 'shop' },
      annotations: { 'tekton.dev/git-0': 'x' },
      data: { S3_URL: '{{ .endpoint }}' },
    };
    const ref = await key({ secretTemplate });
    const moved = await key({ secretName: 'photos', secretTemplate });
    for (const one of [ref, moved]) await ready(bed, one);
    const pair = await readPair(bed, secretOf(ref));
    expect((await found(ref)).labels).toMatchObject({ owner: 'helm' });

    await doors.restart({ args: ['--secret-names=secret-door*'] });
    const { message } = await reason(bed, ref, 'SecretNotAllowed');
    expect(message).toContain('label "owner"');
    expect(message).toContain('annotation "tekton.dev/git-0"');
    expect(message).toContain('--secret-labels');
    const { labels = {}, annotations = {}, data } = await found(ref);
    expect(labels).not.toHaveProperty('owner');
    expect(labels).toMatchObject({ 'custom.accesskeys.dev/team': 'shop' });
    expect(annotations).not.toHaveProperty('tekton.dev/git-0');
    expect(data).toHaveProperty('S3_URL');
    expect(samePair(await readPair(bed, secretOf(ref)), pair)).toBe(true);
    expect((await store.admin.probe(pair)).kind).toBe('works');

    // A Secret whose name isn't allowed any more keeps the pair alone.
    const named = await reason(bed, moved, 'SecretNotAllowed');
    expect(named.message).toContain('cannot be called photos');
    const alone = await bed.api.get(secretRef(namespace, 'photos'));
    expect(Object.keys(alone?.data ?? {}).sort()).toEqual([
      'AWS_ACCESS_KEY_ID',
      'AWS_ENDPOINT_URL_S3',
      'AWS_REGION',
      'AWS_SECRET_ACCESS_KEY',
    ]);
    expect(alone?.metadata.labels).not.toHaveProperty('owner');

    // It is rotated, and what is not allowed stays out.
    await edit(bed, ref, { keyGeneration: 2 });
    await until('rotated', async () => !samePair(await readPair(bed, secretOf(ref)), pair));
    expect((await found(ref)).labels).not.toHaveProperty('owner');
    await reason(bed, ref, 'SecretNotAllowed');
  });
});
