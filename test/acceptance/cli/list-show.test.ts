/** `kubectl accesskey list` and `show`, by the real kubectl: what people see, in a pipe and at a terminal. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import {
  fixtures,
  makeBucket,
  type NamespacedRef,
  readPair,
  ready,
  secretOf,
  type TestStore,
  until,
} from '../../integration/support/fixtures.ts';
import { installPlugin, type Plugin } from './plugin.ts';
import { atTerminal, KEYS, NO_TERMINAL } from './terminal.ts';
import { READS_KEYS, userWith } from './user.ts';

const { bed, namespace, operator, store: makeStore, accessKey, end } = await fixtures('cli-list');
let plugin: Plugin;
let ns = '';
let other = '';
let bucket = '';
let store: TestStore;
let photos: NamespacedRef;
/** May read the AccessKeys of the first namespace, and nothing else. */
let reader = '';

beforeAll(async () => {
  await operator();
  [plugin, store, ns, other] = await Promise.all([
    installPlugin(bed),
    makeStore(),
    namespace(),
    namespace('other'),
  ]);
  bucket = await makeBucket(store, 'cli');
  photos = await accessKey(
    ns,
    store,
    {
      label: 'Photo uploader',
      limited: true,
      bucketAccess: [
        { bucketName: bucket, permissions: 'read_write' },
        { bucketName: 'logs', permissions: 'read_only', prefixes: ['2026/'] },
        { bucketName: 'payroll', permissions: 'none' },
      ],
    },
    'photo-uploader',
  );
  const everything = await accessKey(other, store, { limited: false, label: 'Everything' }, 'all-of-it');
  reader = await userWith(bed, ns, READS_KEYS);
  await Promise.all([ready(bed, photos), ready(bed, everything)]);
});
afterAll(end);

const rows = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => line.split(/\s{2,}/));

describe('list', () => {
  test('shows the keys of a namespace, plain in a pipe', async () => {
    const text = await plugin.output(['list', '-n', ns]);
    expect(text).not.toContain('\u001b');
    expect(rows(text)).toEqual([
      ['NAME', 'LABEL', 'ACCESS', 'KEY-ID', 'READY', 'REASON', 'AGE'],
      [
        'photo-uploader',
        'Photo uploader',
        '2 buckets: 1 read_write, 1 read_only',
        expect.stringMatching(/^AKO/),
        'True',
        'Issued',
        expect.stringMatching(/^\d+s$/),
      ],
    ]);
  });

  test('shows every namespace, by label, with what else is known', async () => {
    const text = await plugin.output([
      'list',
      '-A',
      '-o',
      'wide',
      '--store',
      store.name,
      '--sort-by',
      'label',
    ]);
    const [header, ...keys] = rows(text);
    expect(header?.slice(-5)).toEqual(['STORE', 'SECRET', 'EXPIRES', 'NEXT-ROTATION', 'MANAGED-BY']);
    expect(keys.map(([namespace, name]) => [namespace, name])).toEqual([
      [other, 'all-of-it'],
      [ns, 'photo-uploader'],
    ]);
    expect(keys[0]).toContain('unrestricted');
    expect(keys[0]).toContain(`ClusterObjectStore/${store.name}`);
  });

  test.each(['json', 'yaml'])('prints %s that kubectl takes back', async (form) => {
    const list = parse(await plugin.output(['list', '-n', ns, '-o', form]));
    expect(list).toMatchObject({ apiVersion: 'v1', kind: 'List' });
    expect(list.items).toEqual([
      expect.objectContaining({
        kind: 'AccessKey',
        metadata: expect.not.objectContaining({ managedFields: expect.anything() }),
      }),
    ]);
  });

  test('says where to look when there is nothing', async () => {
    const { code, stdout, stderr } = await plugin.run(['list', '-n', 'default']);
    expect([code, stdout]).toEqual([0, '']);
    expect(stderr).toContain('no access keys in namespace default; make one with kubectl accesskey create');
  });

  test('finds the namespace in the context, and the cluster by --kubeconfig', async () => {
    const text = await plugin.output(['list', '--kubeconfig', reader], { env: { KUBECONFIG: '/nowhere' } });
    expect(text).toContain('photo-uploader');
  });

  test('gets in by an exec plugin of the kubeconfig, in a context that is named', async () => {
    const credential = {
      apiVersion: 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
      status: { token: bed.adminToken },
    };
    const plugged = {
      apiVersion: 'client.authentication.k8s.io/v1',
      interactiveMode: 'Never',
      command: 'printenv',
      args: ['CREDENTIAL'],
      env: [{ name: 'CREDENTIAL', value: JSON.stringify(credential) }],
    };
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [
        {
          name: 'bed',
          cluster: {
            server: bed.server,
            'certificate-authority-data': Buffer.from(bed.caPem).toString('base64'),
          },
        },
      ],
      users: [{ name: 'plugged', user: { exec: plugged } }],
      contexts: [{ name: 'plugged', context: { cluster: 'bed', user: 'plugged', namespace: ns } }],
    };
    const file = join(bed.folder, `plugged-${process.pid}`);
    await writeFile(file, JSON.stringify(config), { mode: 0o600 });
    const text = await plugin.output(['list', '--kubeconfig', file, '--context', 'plugged']);
    expect(text).toContain('photo-uploader');
  });

  test('shows colors at a terminal, then each change until Ctrl-C', async (context) => {
    if (NO_TERMINAL) return context.skip(NO_TERMINAL);
    const screen = atTerminal(['kubectl', 'accesskey', 'list', '-n', ns, '--watch'], {
      env: plugin.env(),
      cwd: bed.folder,
    });
    await screen.sees('photo-uploader');
    expect(screen.raw()).toContain('\u001b[32mTrue\u001b[39m');
    await accessKey(ns, store, { limited: true, label: 'Late' }, 'late');
    await screen.sees('late');
    await screen.sees('True');
    await bed.api.delete({ ...photos, metadata: { namespace: ns, name: 'late' } });
    await screen.sees('(revoked)');
    screen.type(KEYS.ctrlC);
    expect(await screen.ended).toBe(0);
  });

  test('shows no color if NO_COLOR is set', async (context) => {
    if (NO_TERMINAL) return context.skip(NO_TERMINAL);
    const env = { ...plugin.env(), NO_COLOR: '1' };
    const screen = atTerminal(['kubectl', 'accesskey', 'list', '-n', ns], { env, cwd: bed.folder });
    expect(await screen.ended).toBe(0);
    expect(screen.text()).toContain('photo-uploader');
    expect(screen.raw()).not.toContain('\u001b[32m');
  });
});

describe('show', () => {
  test('says what is asked and in force, in words, and never the secret', async () => {
    const text = await plugin.output(['show', 'photo-uploader', '-n', ns]);
    const lines = rows(text);
    expect(lines[0]).toEqual(['Photo uploader']);
    expect(lines).toContainEqual([
      bucket,
      'read_write',
      'read_write',
      "read, list, write and delete objects, read the bucket's settings, write those that the store grants",
    ]);
    expect(lines).toContainEqual([
      'logs',
      'read_only 2026/',
      'read_only 2026/',
      "read and list objects below 2026/; none of the bucket's settings",
    ]);
    expect(lines).toContainEqual(['payroll', 'none', 'none', expect.stringContaining('nothing')]);
    const { secretAccessKey } = await readPair(bed, secretOf(photos));
    expect(text.includes(secretAccessKey)).toBe(false);
  });

  test('lists the S3 actions of the very policy that the store has', async () => {
    const text = await plugin.output(['show', 'photo-uploader', '-n', ns, '--actions']);
    expect(text).toMatch(new RegExp(`S3 actions on bucket ${bucket}: .*s3:PutBucketTagging`));
    expect(text).toMatch(
      /S3 actions on bucket logs: s3:GetBucketLocation s3:ListBucket s3:ListBucketVersions\n/,
    );
    expect(text).toMatch(
      /S3 actions on its objects: s3:GetObject s3:GetObjectVersion s3:ListMultipartUploadParts\n/,
    );
  });

  test('shows recent Events', async () => {
    await until('an Event is there', async () =>
      (await plugin.output(['show', 'photo-uploader', '-n', ns])).includes('Issued'),
    );
    expect(await plugin.output(['show', 'photo-uploader', '-n', ns])).toMatch(/^EVENT +REASON +MESSAGE$/m);
  });

  test('says who keeps the object in Git', async () => {
    await bed.api.patch(photos, {
      metadata: { annotations: { 'argocd.argoproj.io/tracking-id': 'shop:x' } },
    });
    const text = await plugin.output(['show', 'photo-uploader', '-n', ns]);
    expect(text).toMatch(/Managed by +Argo CD, Application shop/);
    await bed.api.patch(photos, { metadata: { annotations: { 'argocd.argoproj.io/tracking-id': null } } });
  });

  test('never lets a text from the cluster control the terminal', async () => {
    await bed.api.patch(photos, {
      metadata: { annotations: { 'argocd.argoproj.io/tracking-id': 'a\u001b]0;owned\u0007b:x' } },
    });
    const text = await plugin.output(['show', 'photo-uploader', '-n', ns]);
    expect(['\u001b', '\u0007'].filter((control) => text.includes(control))).toEqual([]);
    await bed.api.patch(photos, { metadata: { annotations: { 'argocd.argoproj.io/tracking-id': null } } });
  });
});

describe('a user who may only read the AccessKeys of one namespace', () => {
  test('lists and shows them', async () => {
    expect(await plugin.output(['list'], { kubeconfig: reader })).toContain('photo-uploader');
    const text = await plugin.output(['show', 'photo-uploader', '--actions'], { kubeconfig: reader });
    expect(text).toContain('S3 actions: not shown, since they depend on the store, and you may not get it.');
    expect(text).toContain('Events: not shown, since you may not list events');
  });

  test('gets the name of the missing right', async () => {
    const { code, stderr } = await plugin.run(['list', '-A'], { kubeconfig: reader });
    expect(code).toBe(5);
    expect(stderr).toContain('error: you may not list accesskeys.accesskeys.dev in the whole cluster');
    expect(stderr).toContain('or name one namespace with -n');
  });
});

describe('an error says the remedy, and its kind by the exit code', () => {
  test.each([
    [['show', 'nobody'], 4, 'there is no access key nobody in namespace'],
    [['lst'], 2, 'Did you mean one of list, ls?'],
    [['list', '--sort-by', 'size'], 2, 'Allowed choices are name, label'],
    [['list', '--context', 'nowhere'], 1, 'the context nowhere'],
  ] as const)('%j', async (args, code, words) => {
    const ran = await plugin.run(args);
    expect(ran.stderr).toContain(words);
    expect(ran.code).toBe(code);
  });

  test('when the cluster does not answer', async () => {
    const kubeconfig = await bed.kubeconfig({ server: 'https://127.0.0.1:1' });
    const { code, stderr } = await plugin.run(['list'], { kubeconfig });
    expect(stderr).toContain("the API server can't be asked");
    expect(code).toBe(1);
  });
});
