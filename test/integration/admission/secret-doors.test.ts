/**
 * The chart's second ValidatingAdmissionPolicy refuses names that the operator's administrator doesn't let AccessKeys
 * write into Secrets. It is tested with the lists in its file and with others.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { API_VERSION } from '../../../src/api/names.ts';
import { ApiError, type KubeObject, type Ref } from '../../bed/api.ts';
import { DOORS } from '../../unit/support/secret-doors.ts';
import { bedContext } from '../support/bed-context.ts';
import { accessKeyRef, namespaceRef, until } from '../support/fixtures.ts';

type Json = Readonly<Record<string, unknown>>;

const CHART = join(import.meta.dirname, '..', '..', '..', 'charts', 'access-key-operator', 'files');
const FILE = join(CHART, 'validatingadmissionpolicy-secrets.yaml');
const RUN = `secret-doors-${randomBytes(3).toString('hex')}`;

const { bed } = await bedContext();
const { api } = bed;
const made: Ref[] = [];
/** One namespace for the lists of the file, and one for lists of an administrator. */
const [defaults, narrow] = [`${RUN}-defaults`, `${RUN}-narrow`];

const LISTS: Readonly<Record<string, string>> = {
  names: "['s3-*', 'backup']",
  labels: "['team']",
  annotations: '[]',
  dataKeys: "['S3_*']",
};

/** Installs the file's policy for one namespace; `lists` replaces its lists. */
async function install(namespace: string, lists: typeof LISTS): Promise<Ref> {
  let policy: Ref | undefined;
  for (const document of parseAllDocuments(readFileSync(FILE, 'utf8'))) {
    const object: Ref & { spec: { variables?: { name: string; expression: string }[] } } = document.toJS();
    const matchLabels = { 'kubernetes.io/metadata.name': namespace };
    const variables = object.spec.variables?.map((variable) => ({
      ...variable,
      expression: lists[variable.name] ?? variable.expression,
    }));
    const spec = variables
      ? { ...object.spec, variables }
      : { ...object.spec, policyName: namespace, matchResources: { namespaceSelector: { matchLabels } } };
    const own = { ...object, metadata: { name: namespace }, spec };
    await api.apply(own);
    made.unshift(own);
    if (variables) policy = own;
  }
  if (!policy) throw new Error(`${FILE} has no policy`);
  return policy;
}

beforeAll(async () => {
  for (const name of [defaults, narrow]) await api.create({ ...namespaceRef(name) });
  await install(defaults, {});
  await install(narrow, LISTS);
  const inForce = async (namespace: string) =>
    (await ask(namespace, { secretTemplate: { labels: { 'example.com/x': 'y' } } })) !== '';
  await until('the policies in force', async () => (await inForce(defaults)) && (await inForce(narrow)));
});
afterAll(async () => {
  for (const ref of [...made, namespaceRef(defaults), namespaceRef(narrow)]) await api.delete(ref);
});

/** Returns the API server's message on a new key, '' if it accepts the key. It is a dry run. */
async function ask(namespace: string, spec: Json, name = 's3-probe'): Promise<string> {
  const path = `/apis/${API_VERSION}/namespaces/${namespace}/accesskeys?dryRun=All&fieldValidation=Strict`;
  return said(
    api.request('POST', path, { ...accessKeyRef(namespace, name), spec: { limited: true, ...spec } }),
  );
}

async function change(object: KubeObject, spec: Json): Promise<string> {
  const { name, namespace } = object.metadata;
  const path = `/apis/${API_VERSION}/namespaces/${namespace}/accesskeys/${name}?dryRun=All`;
  return said(api.request('PATCH', path, { spec }, 'application/merge-patch+json'));
}

async function said(request: Promise<unknown>): Promise<string> {
  try {
    await request;
    return '';
  } catch (error) {
    if (error instanceof ApiError) return error.message;
    throw error;
  }
}

describe('by default', () => {
  test.each(DOORS)(
    'admission refuses labels and annotations by which $what acts on a Secret',
    async (door) => {
      const { labels = {}, annotations = {} } = door;
      expect(await ask(defaults, { secretTemplate: { labels, annotations } })).toMatch(
        /the operator's administrator does not allow (?:label|annotation) |makes software act on the Secret/,
      );
    },
  );

  test('admission takes the documented uses', async () => {
    const secretTemplate = {
      labels: {
        'custom.accesskeys.dev/team': 'shop',
        'velero.io/exclude-from-backup': 'true',
        'cnpg.io/reload': 'true',
      },
      annotations: {
        'reloader.stakater.com/match': 'true',
        'argocd.argoproj.io/sync-options': 'Prune=false',
      },
      formats: ['aws-credentials-file', 'rclone'],
      data: { S3_URL: 'x', 'config.json': '{}' },
    };
    expect(await ask(defaults, { secretTemplate }, 'photo-uploader')).toBe('');
    expect(await ask(defaults, { secretName: 'photos.s3' }, 'photo-uploader')).toBe('');
  });

  test('the message of a refusal names what is refused, what is allowed, and who decides', async () => {
    const labels = Object.fromEntries(['a', 'b', 'c', 'd', 'e'].map((name) => [name, 'x']));
    const message = await ask(defaults, { secretTemplate: { labels } });
    expect(message).toMatch(
      /administrator does not allow label [a-e], [a-e], [a-e] and 2 more in secretTemplate/,
    );
    expect(message).toContain(
      'allowed: custom.accesskeys.dev/*, velero.io/exclude-from-backup, cnpg.io/reload: write one of these, or ask them to allow it (--secret-labels)',
    );
  });

  test('admission refuses a release of Helm that nobody installed', async () => {
    const release = {
      secretName: 'sh.helm.release.v1.web.v3',
      secretTemplate: {
        labels: { owner: 'helm', name: 'web', status: 'superseded', version: '3' },
        data: { release: 'SDRzSUFBQUFBQUFDL3d=' },
      },
    };
    const message = await ask(defaults, release);
    expect(message).toContain('other software trusts a Secret with this name');
    expect(message).toContain('or release, which Helm trusts');
  });
});

describe("with an administrator's lists", () => {
  test.each<[string, Json, string, string]>([
    ['a name', {}, 'other', 'does not allow a Secret of the name other; allowed: s3-*, backup'],
    ['a secretName', { secretName: 'backup-2' }, 's3-a', 'does not allow a Secret of the name backup-2'],
    [
      'an annotation',
      { secretTemplate: { annotations: { team: 'x' } } },
      's3-a',
      'does not allow annotation team',
    ],
    ['a data key', { secretTemplate: { data: { URL: 'x' } } }, 's3-a', 'does not allow data key URL'],
  ])('admission refuses %s', async (_what, spec, name, message) => {
    expect(await ask(narrow, spec, name)).toContain(message);
  });

  test('admission takes what they allow', async () => {
    const secretTemplate = { labels: { team: 'shop' }, data: { S3_URL: 'x' } };
    expect(await ask(narrow, { secretTemplate }, 's3-a')).toBe('');
    expect(await ask(narrow, { secretTemplate, secretName: 'backup' }, 'other')).toBe('');
  });

  test('the maximum of labels, annotations and keys is within the cost', async () => {
    const many = (prefix: string, length: number, value: string) =>
      Object.fromEntries(
        Array.from({ length }, (_, i) => [`${prefix}${String(i).padStart(60, 'x')}`, value]),
      );
    const secretTemplate = {
      labels: many('l', 32, 'x'),
      annotations: many('a', 32, 'x'),
      data: many('U', 32, 'x'),
    };
    const message = await ask(narrow, { secretTemplate }, 's3-a');
    expect(message).toContain('does not allow label');
  });
});

test('a change is refused for what it adds, and a key from before can be edited as it is', async () => {
  const binding = made.find(({ kind, metadata }) => kind.endsWith('Binding') && metadata.name === narrow);
  if (!binding) throw new Error('there is no binding');
  await api.delete(binding);
  const secretTemplate = { labels: { owner: 'helm' } };
  await until('the policy out of force', async () => (await ask(narrow, { secretTemplate })) === '');
  const ref = accessKeyRef(narrow, 'before');
  const object = await api.create({ ...ref, spec: { limited: true, secretTemplate } });
  await install(narrow, LISTS);
  await until('the policy in force', async () => (await ask(narrow, { secretTemplate })) !== '');
  expect(await change(object, { disabled: true, label: 'Edited' })).toBe('');
  expect(await change(object, { secretTemplate: { labels: { owner: null } } })).toBe('');
  expect(await change(object, { secretTemplate: { labels: { name: 'web' } } })).toContain(
    'does not allow label name',
  );
  expect(await change(object, { secretName: 'other' })).toContain(
    'does not allow a Secret of the name other',
  );
  await api.delete(ref);
});
