/** `kubectl accesskey` on every kind of store: it shows, tries, changes and revokes their keys. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { installPlugin, type Plugin } from '../acceptance/cli/plugin.ts';
import { fixtures, readPair, samePair, secretOf } from '../integration/support/fixtures.ts';
import { describeSuite } from './suite.ts';

const commands = await fixtures('commands');
const { bed } = commands;
let plugin: Plugin;
afterAll(commands.end);
beforeAll(async () => {
  [plugin] = await Promise.all([installPlugin(bed), commands.operator()]);
});

// Without the right to create buckets, a policy with a prefix fits into the 2,048 bytes of IAM.
describeSuite(commands, { everyKeyMay: ['ListBuckets'] }, (suite) => {
  const run = (...args: string[]) => plugin.run([...args, '-n', suite.namespace]);

  /** Makes a key that writes to `photos` and reads a folder of `logs`. */
  const newKey = () =>
    suite.newKey({
      bucketAccess: [
        { bucketName: suite.photos, permissions: 'read_write' },
        { bucketName: suite.logs, permissions: 'read_only', prefixes: ['2026/'] },
      ],
    });

  test('verify says that a key does what it should', async () => {
    const { ref } = await newKey();
    const { code, stdout, stderr } = await run('verify', ref.metadata.name);
    const rows = stdout.split('\n').map((line) => line.split(/\s{2,}/));
    expect(rows, stderr).toEqual(
      expect.arrayContaining([
        [`read ${suite.photos}`, 'allowed', 'allowed'],
        [`write ${suite.photos}`, 'allowed', 'allowed'],
        [`read ${suite.logs} below 2026/`, 'allowed', 'allowed'],
        [`write ${suite.logs} below 2026/`, 'denied', 'denied'],
        [`read ${suite.logs}`, 'denied', 'denied'],
        ['read a bucket of another name', 'denied', expect.stringMatching(/^(denied|no such bucket)$/)],
      ]),
    );
    expect(stderr).toContain('the key does what it should');
    expect(code).toBe(0);
  });

  test('verify says that a pair does not work', async () => {
    const { ref, pair } = await newKey();
    await suite.store.admin.setUserEnabled(pair.accessKeyId, false);
    const { code, stdout } = await run('verify', ref.metadata.name);
    expect(stdout).toContain(`the store does not know ${pair.accessKeyId}, or has it disabled`);
    expect(code).toBe(3);
    await suite.store.admin.setUserEnabled(pair.accessKeyId, true);
  });

  test('list, show, exec and doctor work as on any store', async () => {
    const { ref, pair } = await newKey();
    const { name } = ref.metadata;
    expect((await run('list')).stdout).toContain(pair.accessKeyId);
    const { stdout } = await run('show', name);
    expect(stdout).toContain(pair.accessKeyId);
    expect(stdout).toContain(suite.photos);
    const script = 'process.stdout.write(process.env.AWS_ACCESS_KEY_ID)';
    const used = await plugin.run(['exec', name, '-n', suite.namespace, '--', 'node', '-e', script]);
    expect(used.stdout, used.stderr).toBe(pair.accessKeyId);
    const doctor = await run('doctor');
    expect(doctor.stdout, doctor.stderr).toContain(suite.name);
    expect(doctor.stdout).not.toContain('✗');
  });

  test('a key is rotated, disabled, changed and revoked', async () => {
    const { ref, pair } = await newKey();
    const { name } = ref.metadata;
    const output = (...args: string[]) => plugin.output([...args, '-n', suite.namespace]);
    await output('rotate', name, '--wait');
    const next = await readPair(bed, secretOf(ref));
    expect(samePair(next, pair)).toBe(false);
    expect(await suite.read(next)).toBe('ok');
    await output('disable', name, '--wait');
    expect(await suite.read(next)).not.toBe('ok');
    await output('enable', name, '--wait');
    expect(await suite.read(next)).toBe('ok');
    await output('permissions', 'set', name, `${suite.logs}=read_only`, '--only', '--wait');
    expect(await suite.read(next)).toBe('AccessDenied');
    expect(await suite.read(next, suite.logs)).toBe('ok');
    await output('revoke', name, '--yes', '--wait');
    expect(await suite.read(next, suite.logs)).not.toBe('ok');
    expect(await suite.read(pair, suite.logs)).not.toBe('ok');
  });
});
