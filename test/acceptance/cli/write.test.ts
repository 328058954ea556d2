/** The commands that write, by the real kubectl and at a real terminal: what they change, ask, refuse and show. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { AccessKey } from '../../../src/api/schema/accesskey.ts';
import {
  accessKeyRef,
  fixtures,
  limitedKey,
  makeBucket,
  type NamespacedRef,
  readPair,
  ready,
  s3Client,
  secretOf,
  type TestStore,
} from '../../integration/support/fixtures.ts';
import { installPlugin, type Plugin } from './plugin.ts';
import { atTerminal, KEYS, NO_TERMINAL } from './terminal.ts';
import { READS_KEYS, userWith } from './user.ts';

const { bed, namespace, operator, store: makeStore, accessKey, end } = await fixtures('cli-write');
let plugin: Plugin;
let ns = '';
let bucket = '';
let store: TestStore;

beforeAll(async () => {
  await operator();
  ns = await namespace();
  [plugin, store] = await Promise.all([
    installPlugin(bed),
    makeStore({ grants: [{ namespaces: { names: [ns] }, buckets: ['cli-*', 'logs'] }] }),
  ]);
  bucket = await makeBucket(store, 'cli');
});
afterAll(end);

const run = (...args: string[]) => plugin.run([...args, '-n', ns]);
const output = (...args: string[]) => plugin.output([...args, '-n', ns]);
const get = async (name: string) => (await bed.api.get(accessKeyRef(ns, name))) as unknown as AccessKey;
const secretOfKey = async (name: string) =>
  (await readPair(bed, secretOf(accessKeyRef(ns, name)))).secretAccessKey;

async function made(name: string, spec: object = {}): Promise<NamespacedRef> {
  const ref = await accessKey(ns, store, { ...limitedKey({ [bucket]: 'read_only' }), ...spec }, name);
  await ready(bed, ref);
  return ref;
}

describe('create', () => {
  test('makes a key by flags, waits for it and says how it gets on', async () => {
    const { code, stdout, stderr } = await run(
      ...['create', 'by-flags', '--label', 'By flags', '--store', store.name],
      ...['--bucket', `${bucket}=read_write`, '-b', 'logs=read_only:2026/', '--rotate-every', '720h'],
      ...['--expires', '2099-01-01', '--format', 'rclone', '--wait'],
    );
    expect(stderr).toMatch(/in force: key id AKO/);
    expect([code, stdout]).toEqual([0, 'accesskey/by-flags created\n']);
    expect((await get('by-flags')).spec).toMatchObject({
      label: 'By flags',
      limited: true,
      bucketAccess: [
        { bucketName: bucket, permissions: 'read_write' },
        { bucketName: 'logs', permissions: 'read_only', prefixes: ['2026/'] },
      ],
      rotation: { interval: '720h', gracePeriod: '24h' },
      expiresAt: '2099-01-01T00:00:00Z',
      secretTemplate: { formats: ['rclone'] },
    });
  });

  test('has the operator create a bucket that is not there', async () => {
    const fresh = `${bucket}-fresh`;
    await output(
      'create',
      'creator',
      '--store',
      store.name,
      '-b',
      `${fresh}=read_write`,
      '--create-buckets',
      '--wait',
    );
    const pair = await readPair(bed, secretOf(accessKeyRef(ns, 'creator')));
    await s3Client(bed.minio, pair).putObject(fresh, 'one', 'first');
    await output('permissions', 'set', 'creator', `${fresh}=read_only`, '--wait');
    expect((await get('creator')).spec.bucketAccess).toEqual([
      { bucketName: fresh, permissions: 'read_only', create: true },
    ]);
  });

  test('prints the manifest for Git, and writes nothing', async () => {
    const text = await output('create', 'dry', '--bucket', 'logs=read_only', '--dry-run');
    expect(parse(text)).toEqual({
      apiVersion: 'accesskeys.dev/v1alpha1',
      kind: 'AccessKey',
      metadata: { name: 'dry', namespace: ns },
      spec: limitedKey({ logs: 'read_only' }),
    });
    expect(await get('dry')).toBeUndefined();
  });

  test.each([
    [[], 2, 'create asks where no name is given'],
    [['x'], 2, 'nothing says what the key may do'],
    [['x', '--bucket', 'logs=read_only', '--unrestricted'], 2, 'exclude each other'],
    [['x', '--bucket', 'logs=rw'], 2, '"rw" is not a permission: write none, read_only, read_write'],
    [['x', '--no-buckets', '--expires', 'soon'], 2, 'Write a day or a time'],
    [['x', '--no-buckets', '--show-secret'], 2, '--show-secret shows the secret on a terminal'],
    [['UPPER', '--no-buckets'], 5, 'a lowercase RFC 1123 subdomain'],
  ] as const)('refuses %j with what to write', async (args, code, words) => {
    const ran = await run('create', ...args);
    expect(ran.stderr).toContain(words);
    expect(ran.code).toBe(code);
  });

  test('says what the store does not grant, and does not wait in vain', async () => {
    const { code, stderr } = await run(
      'create',
      'too-much',
      '--store',
      store.name,
      '-b',
      'payroll=read_only',
      '--wait',
    );
    expect(stderr).toContain(`does not grant namespace ${ns} read_only on bucket payroll`);
    expect(code).toBe(3);
  });

  test('refuses a name that is taken', async () => {
    await made('taken');
    const { code, stderr } = await run('create', 'taken', '--no-buckets');
    expect(stderr).toContain('there is an access key taken in namespace');
    expect(code).toBe(5);
  });
});

describe('at a terminal', () => {
  const terminal = (args: readonly string[]) =>
    atTerminal(['kubectl', 'accesskey', ...args, '-n', ns], { env: plugin.env(), cwd: bed.folder });

  test('create asks as the page does, and shows the secret once, when it is asked to', async (context) => {
    if (NO_TERMINAL) return context.skip(NO_TERMINAL);
    const screen = terminal(['create']);
    await screen.sees('Label: what people call the key');
    screen.type(`Photo gallery${KEYS.enter}`);
    await screen.sees('Name of the AccessKey');
    await screen.sees('photo-gallery');
    screen.type(KEYS.enter);
    await chooseStore(screen);
    await screen.sees('The store grants this namespace the buckets: cli-*, logs');
    await screen.sees('Limited Access');
    screen.type(KEYS.enter);
    await screen.sees('Bucket');
    screen.type(`${bucket}${KEYS.enter}`);
    await screen.sees(`What may it do in ${bucket}?`);
    screen.type(`${KEYS.down}${KEYS.enter}`);
    await screen.sees('Only below these prefixes');
    screen.type(KEYS.enter);
    await screen.sees('Another bucket');
    screen.type(KEYS.enter);
    await screen.sees('permissions: read_write');
    await screen.sees('Create it?');
    screen.type(KEYS.enter);
    await screen.sees('accesskey/photo-gallery created');
    await screen.sees('Show the secret now?');
    const secret = await secretOfKey('photo-gallery');
    expect(screen.text().includes(secret)).toBe(false);
    screen.type(KEYS.yes);
    await screen.sees('secret access key');
    expect(await screen.ended).toBe(0);
    expect(screen.text().includes(secret)).toBe(true);
    expect((await get('photo-gallery')).spec.label).toBe('Photo gallery');
  });

  /** Moves the selection to the test's own store, since other tests of the run may have stores too. */
  async function chooseStore(screen: ReturnType<typeof atTerminal>): Promise<void> {
    await screen.sees('Store');
    const all = await bed.api.list({ apiVersion: 'accesskeys.dev/v1alpha1', kind: 'ClusterObjectStore' });
    if (all.length === 1) return;
    const names = all.map(({ metadata }) => metadata.name).sort();
    screen.type(`${KEYS.down.repeat(names.indexOf(store.name))}${KEYS.enter}`);
  }

  test('Ctrl-C in the middle of the questions writes nothing', async (context) => {
    if (NO_TERMINAL) return context.skip(NO_TERMINAL);
    const screen = terminal(['create']);
    await screen.sees('Label: what people call the key');
    screen.type(`Never made${KEYS.enter}`);
    await screen.sees('Name of the AccessKey');
    screen.type(KEYS.ctrlC);
    expect(await screen.ended).toBe(130);
    expect(screen.text()).toContain('cancelled: nothing is written');
    expect(await get('never-made')).toBeUndefined();
  });

  test('revoke says what stops, and takes no for an answer', async (context) => {
    if (NO_TERMINAL) return context.skip(NO_TERMINAL);
    const ref = await made('kept');
    const screen = terminal(['revoke', 'kept']);
    await screen.sees('the store then refuses AKO');
    await screen.sees('no running pod of the namespace reads the Secret');
    await screen.sees('Revoke kept for good?');
    screen.type(KEYS.enter);
    expect(await screen.ended).toBe(6);
    expect((await bed.api.get(ref))?.metadata.deletionTimestamp).toBeUndefined();
  });
});

describe('edit', () => {
  test('changes the label and keeps the pair', async () => {
    await made('labelled');
    const before = (await get('labelled')).status.accessKeyId;
    expect(await output('label', 'labelled', 'Photos, in and out', '--wait')).toBe(
      'accesskey/labelled labeled "Photos, in and out"\n',
    );
    expect((await get('labelled')).status).toMatchObject({
      label: 'Photos, in and out',
      accessKeyId: before,
    });
  });

  test('changes the buckets that permissions set names, and takes away the others with --only', async () => {
    await made('permitted');
    await output('permissions', 'set', 'permitted', 'logs=read_only:2026/', '--wait');
    expect((await get('permitted')).status.permissions).toEqual([
      { bucketName: bucket, permissions: 'read_only' },
      { bucketName: 'logs', permissions: 'read_only', prefixes: ['2026/'] },
    ]);
    await output('permissions', 'set', 'permitted', 'logs=read_write', '--only', '--wait');
    expect((await get('permitted')).status.permissions).toEqual([
      { bucketName: 'logs', permissions: 'read_write' },
    ]);
  });

  test('issues another pair by rotate, and shows the old one with its time left', async () => {
    await made('rotated');
    const before = (await get('rotated')).status.accessKeyId;
    await output('rotate', 'rotated', '--wait');
    const { status } = await get('rotated');
    expect(status.accessKeyId).not.toBe(before);
    const text = await output('show', 'rotated');
    expect(text).toMatch(new RegExp(`Previous key +${before} works until .* \\(in 23h\\)`));
  });

  test('disables and enables', async () => {
    const ref = await made('stopped');
    const pair = await readPair(bed, secretOf(ref));
    await output('disable', 'stopped', '--wait');
    expect(await store.admin.probe(pair)).toEqual({ kind: 'unknown' });
    await output('enable', 'stopped', '--wait');
    expect(await store.admin.probe(pair)).toMatchObject({ kind: 'works' });
    const { code, stderr } = await run('enable', 'stopped');
    expect([code, stderr]).toEqual([0, 'accesskey/stopped is so already: nothing to write\n']);
  });

  test('asks the API server in a dry run and writes nothing', async () => {
    await made('tried');
    const { code, stdout, stderr } = await run('label', 'tried', 'Another', '--dry-run');
    expect(parse(stdout)).toMatchObject({ metadata: { name: 'tried' }, spec: { label: 'Another' } });
    expect([code, stderr]).toEqual([
      0,
      'accesskey/tried would be labeled "Another" (dry run; the API server takes it)\n',
    ]);
    expect((await get('tried')).spec.label).toBeUndefined();
    const refused = await run('label', 'tried', 'x'.repeat(200), '--dry-run');
    expect(refused.stderr).toContain('Too long');
    expect(refused.code).toBe(5);
  });
});

describe('an object that GitOps manages', () => {
  const managed = async (name: string) => {
    const ref = await made(name);
    await bed.api.patch(ref, {
      metadata: { annotations: { 'argocd.argoproj.io/tracking-id': 'shop:accesskeys.dev/AccessKey:x' } },
    });
    return ref;
  };

  test('is not written; the change is shown as a patch for Git', async () => {
    await managed('in-git');
    const { code, stdout, stderr } = await run('permissions', 'set', 'in-git', 'logs=read_only');
    expect(code).toBe(6);
    expect(stderr).toContain('is not written: Argo CD (Application shop) manages it');
    expect(parse(stdout)).toEqual({
      apiVersion: 'accesskeys.dev/v1alpha1',
      kind: 'AccessKey',
      metadata: { name: 'in-git', namespace: ns },
      spec: limitedKey({ [bucket]: 'read_only', logs: 'read_only' }),
    });
    expect((await get('in-git')).spec.bucketAccess).toHaveLength(1);
  });

  test('is written with --yes, and never revoked without it', async () => {
    const ref = await managed('in-git-too');
    expect(await output('label', 'in-git-too', 'By hand', '--despite-gitops')).toContain('labeled');
    expect((await get('in-git-too')).spec.label).toBe('By hand');
    const { code, stderr } = await run('revoke', 'in-git-too', '--yes');
    expect(stderr).toContain('Remove its manifest from Git');
    expect(code).toBe(6);
    expect((await bed.api.get(ref))?.metadata.deletionTimestamp).toBeUndefined();
  });
});

describe('revoke', () => {
  test('needs --yes without a terminal', async () => {
    await made('unasked');
    const { code, stderr } = await run('revoke', 'unasked');
    expect(stderr).toContain('pass --yes to confirm');
    expect(code).toBe(2);
  });

  test('ends the key, and waits until the store has confirmed it', async () => {
    const ref = await made('ended');
    const pair = await readPair(bed, secretOf(ref));
    const { code, stderr } = await run('revoke', 'ended', '--yes', '--wait');
    expect(stderr).toContain('revoked, and the store has confirmed it');
    expect(code).toBe(0);
    expect(await bed.api.get(ref)).toBeUndefined();
    expect(await store.admin.probe(pair)).toEqual({ kind: 'unknown' });
  });

  test('does not claim a revocation if deletionPolicy keeps the key at work', async () => {
    const ref = accessKeyRef(ns, 'retained');
    await accessKey(ns, store, { limited: true, deletionPolicy: 'Retain' }, 'retained');
    const { code, stderr } = await run('revoke', 'retained', '--yes');
    expect(stderr).toContain('leaves user, policy and Secret at work');
    expect(code).toBe(5);
    expect((await bed.api.get(ref))?.metadata.deletionTimestamp).toBeUndefined();
  });
});

test('a user who may only read is told which right each command needs', async () => {
  await made('read-only');
  const kubeconfig = await userWith(bed, ns, READS_KEYS);
  for (const [verb, args] of [
    ['create', ['create', 'mine', '--no-buckets']],
    ['patch', ['label', 'read-only', 'Mine']],
    ['patch', ['permissions', 'set', 'read-only', 'logs=none']],
    ['patch', ['rotate', 'read-only']],
    ['patch', ['disable', 'read-only']],
    ['delete', ['revoke', 'read-only', '--yes']],
  ] as const) {
    const { code, stderr } = await plugin.run(args, { kubeconfig });
    expect(stderr).toContain(`error: you may not ${verb} accesskeys.accesskeys.dev in namespace ${ns}`);
    expect(code).toBe(5);
  }
});
