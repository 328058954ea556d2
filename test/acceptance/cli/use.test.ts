/** The commands that use a key, try it at the store, and look for what is wrong, by the real kubectl. */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { policyName } from '../../../src/ownership/names.ts';
import type { Pair } from '../../../src/provider/provider.ts';
import { OPERATOR } from '../../bed/install.ts';
import {
  accessKeyRef,
  edit,
  fixtures,
  limitedKey,
  makeBucket,
  type NamespacedRef,
  readPair,
  ready,
  reason,
  s3Client,
  secretOf,
  type TestStore,
} from '../../integration/support/fixtures.ts';
import { installPlugin, type Plugin } from './plugin.ts';
import { atTerminal, NO_TERMINAL } from './terminal.ts';
import { READS_KEYS, userWith } from './user.ts';

const { bed, cluster, namespace, operator, store: makeStore, accessKey, end } = await fixtures('cli-use');
let plugin: Plugin;
let ns = '';
let bucket = '';
let foreign = '';
let store: TestStore;
let photos: NamespacedRef;
let pair: Pair;

beforeAll(async () => {
  await operator({
    args: [
      '--leader-elect=true',
      `--leader-election-namespace=${OPERATOR.namespace}`,
      '--leader-election-identity=here',
    ],
  });
  [plugin, store, ns] = await Promise.all([installPlugin(bed), makeStore(), namespace()]);
  [bucket, foreign] = await Promise.all([makeBucket(store, 'cli'), makeBucket(store, 'cli-foreign')]);
  photos = await accessKey(
    ns,
    store,
    {
      limited: true,
      bucketAccess: [
        { bucketName: bucket, permissions: 'read_write' },
        { bucketName: 'logs', permissions: 'read_only', prefixes: ['2026/'] },
      ],
    },
    'photos',
  );
  await ready(bed, photos);
  pair = await readPair(bed, secretOf(photos));
});
afterAll(end);

const run = (...args: string[]) => plugin.run([...args, '-n', ns]);
const output = (...args: string[]) => plugin.output([...args, '-n', ns]);
/** True if the text has the secret. A failed comparison then never shows the text. */
const tells = (text: string) => text.includes(pair.secretAccessKey);

describe('env', () => {
  test('gives the pair to a shell', async () => {
    const script = `eval "$(kubectl accesskey env photos -n ${ns})"; env`;
    const { stdout } = await promisify(execFile)('bash', ['-c', script], { env: plugin.env() });
    expect(stdout).toContain(`AWS_ACCESS_KEY_ID=${pair.accessKeyId}`);
    expect(stdout).toContain(`AWS_ENDPOINT_URL_S3=${bed.minio.endpoint}`);
    expect(tells(stdout)).toBe(true);
  });

  test('hides the secret at a terminal, unless it is asked for', async (context) => {
    if (NO_TERMINAL) return context.skip(NO_TERMINAL);
    const shown = async (...more: string[]) => {
      const command = ['kubectl', 'accesskey', 'env', 'photos', '-n', ns, ...more];
      const screen = atTerminal(command, { env: plugin.env(), cwd: bed.folder });
      expect(await screen.ended).toBe(0);
      return screen.text();
    };
    const hidden = await shown();
    expect(hidden).toContain('The secret is hidden at a terminal');
    expect([tells(hidden), tells(await shown('--show-secret'))]).toEqual([false, true]);
  });

  test('says which right is missing', async () => {
    const kubeconfig = await userWith(bed, ns, READS_KEYS);
    const { code, stderr } = await plugin.run(['env', 'photos'], { kubeconfig });
    expect(stderr).toContain(`error: you may not get secrets in namespace ${ns}`);
    expect(code).toBe(5);
  });
});

describe('exec', () => {
  test('puts the pair into the environment of the command alone, and ends as it does', async () => {
    const ran = await plugin.run(
      ['exec', 'photos', '-n', ns, '--', 'sh', '-c', 'echo $AWS_ACCESS_KEY_ID $AWS_SESSION_TOKEN; exit 7'],
      { env: { AWS_SESSION_TOKEN: 'of-another' } },
    );
    expect([ran.code, ran.stdout]).toEqual([7, `${pair.accessKeyId}\n`]);
  });

  test('ends with 127 if the command does not exist', async () => {
    const { code, stderr } = await run('exec', 'photos', '--', 'no-such-command');
    // kubectl's own flags come before --: the namespace is the context's.
    expect([code === 127 || code === 4, stderr]).toEqual([true, expect.any(String)]);
    const there = await plugin.run(['exec', 'photos', '-n', ns, '--', 'no-such-command']);
    expect(there.stderr).toContain('no-such-command: command not found');
    expect(there.code).toBe(127);
  });
});

describe('config', () => {
  test.each([
    ['aws', 'aws_access_key_id = '],
    ['rclone', 'type = s3'],
    ['s3cmd', 'host_base = '],
    ['mc', 'export MC_HOST_s3='],
    ['restic', 'export RESTIC_REPOSITORY='],
  ])('for %s has the pair', async (tool, words) => {
    const text = await output('config', 'photos', '--for', tool);
    expect(text).toContain(words);
    expect(tells(text)).toBe(true);
  });

  test.each(['boto3', 'js', 'go', 'java'])('for %s is code without a secret', async (tool) => {
    const text = await output('config', 'photos', '--for', tool);
    expect(text).toContain(bed.minio.endpoint);
    expect(text).toContain(bucket);
    expect(tells(text)).toBe(false);
  });
});

describe('verify', () => {
  const listing = async () => {
    const root = { accessKeyId: bed.minio.rootUser, secretAccessKey: bed.minio.rootPassword };
    const s3 = s3Client(bed.minio, root);
    const names: string[] = [];
    for (const name of [bucket, foreign])
      for await (const { name: object = '' } of s3.listObjectsV2(name, '', true)) names.push(object);
    return names;
  };

  test('says that a key does what it should, and changes nothing', async () => {
    const before = await listing();
    const { code, stdout, stderr } = await run('verify', 'photos');
    expect(stderr).toContain('the key does what it should');
    expect(code).toBe(0);
    expect(stdout).toContain('the policy in the store is exactly that of the permissions in force');
    const rows = stdout.split('\n').map((line) => line.split(/\s{2,}/));
    expect(rows).toEqual(
      expect.arrayContaining([
        [`read ${bucket}`, 'allowed', 'allowed'],
        [`write ${bucket}`, 'allowed', 'allowed'],
        ['read logs below 2026/', 'allowed', 'allowed'],
        ['write logs below 2026/', 'denied', 'denied'],
        ['read logs', 'denied', 'denied'],
        [`read ${foreign}`, 'denied', 'denied'],
        ['write a bucket of another name', 'denied', 'denied'],
      ]),
    );
    expect(tells(stdout + stderr)).toBe(false);
    expect(await listing()).toEqual(before);
  });

  test('finds a policy that somebody widened in the store', async () => {
    const name = policyName(cluster, ns, 'photos');
    const stored = await store.admin.getPolicy(name);
    if (!stored) throw new Error('the policy is there');
    const statements = stored.document['Statement'] as object[];
    await store.admin.putPolicy(name, {
      ...stored.document,
      ID: stored.id,
      Version: '2012-10-17',
      Statement: [
        ...statements,
        { Effect: 'Allow', Action: ['s3:*'], Resource: [`arn:aws:s3:::${foreign}/*`] },
      ] as never,
    });
    const { code, stdout } = await run('verify', 'photos');
    expect(stdout).toMatch(new RegExp(`read ${foreign} +denied +allowed`));
    expect(stdout).toContain(
      'the policy in the store is not, to the last action, one that the operator writes',
    );
    expect(code).toBe(3);
    await store.admin.putPolicy(name, { ...stored.document, ID: stored.id } as never);
  });

  test('says that a pair does not work, and why', async () => {
    await store.admin.setUserEnabled(pair.accessKeyId, false);
    const { code, stdout } = await run('verify', 'photos');
    expect(stdout).toContain(`the store does not know ${pair.accessKeyId}, or has it disabled`);
    expect(code).toBe(3);
    await store.admin.setUserEnabled(pair.accessKeyId, true);
  });

  test('names an endpoint that does not answer', async () => {
    const { code, stderr } = await run('verify', 'photos', '--endpoint', 'http://127.0.0.1:1');
    expect(stderr).toContain('--endpoint names another way to the store');
    expect(code).toBe(1);
  });
});

describe('who-can', () => {
  test('lists every key that reaches a bucket, and through what', async () => {
    const ref = await accessKey(ns, store, { limited: false }, 'everything');
    await ready(bed, ref);
    const stopped = await accessKey(ns, store, limitedKey({ [bucket]: 'read_only' }), 'stopped');
    await ready(bed, stopped);
    await edit(bed, stopped, { disabled: true });
    await reason(bed, stopped, 'Disabled');
    const who = async (use: string) => {
      const { stdout, stderr } = await run('who-can', bucket, use, '--store', store.name);
      const rows = stdout
        .trimEnd()
        .split('\n')
        .slice(1)
        .map((line) => line.split(/\s{2,}/));
      return { rows: rows.map((row) => [row[1], row[5], row[6]]), stderr };
    };
    expect((await who('write')).rows).toEqual([
      ['everything', 'unrestricted', 'unrestricted'],
      ['photos', 'read_write', 'spec.bucketAccess[0]'],
    ]);
    expect((await who('read')).stderr).toContain(
      `${ns}/stopped could, and the store refuses it now: Disabled`,
    );
  });
});

describe('doctor', () => {
  test('finds what is wrong, and says what to do', async () => {
    const odd = await makeStore({
      grants: [{ namespaces: { matchLabels: { team: 'nobody' } }, buckets: ['*'] }],
    });
    const refused = await accessKey(ns, odd, limitedKey({ 'a-b': 'read_only' }), 'refused');
    await reason(bed, refused, 'GrantDenied');
    const { code, stdout } = await run('doctor');
    expect(stdout).toMatch(/^ok +API server: Kubernetes v1/m);
    expect(stdout).toMatch(/^ok +CRDs: all 3 are installed, and of this version$/m);
    expect(stdout).toMatch(/^ok +leader: here leads, by Lease/m);
    expect(stdout).toMatch(/^ok +your rights: every command works/m);
    expect(stdout).toMatch(new RegExp(`^ok +stores: ClusterObjectStore ${store.name} can be used`, 'm'));
    expect(stdout).toContain(`spec.grants[0] of ClusterObjectStore ${odd.name} matches no namespace`);
    expect(stdout).toMatch(/^problem +keys: 1 not Ready, GrantDenied: .*cli-use.*\/refused$/m);
    expect(stdout).toMatch(/addressing: .* is an address, for which SDKs use paths/);
    expect(code).toBe(3);
  });

  test('names what a user with few rights may not look at', async () => {
    const kubeconfig = await userWith(bed, ns, READS_KEYS);
    const { stdout } = await plugin.run(['doctor'], { kubeconfig });
    expect(stdout).toMatch(/^unknown +stores: not checked: you may not list clusterobjectstores/m);
    expect(stdout).toMatch(/^warning +your rights: create won't work in namespace/m);
  });
});

describe('policy', () => {
  test('shows with --diff what a manifest would change of the policy that the store has', async () => {
    const file = join(bed.folder, `${ns}.json`);
    const spec = (permissions: string) => ({
      ...accessKeyRef(ns, 'photos'),
      spec: {
        storeRef: { name: store.name },
        limited: true,
        bucketAccess: [
          { bucketName: bucket, permissions },
          { bucketName: 'logs', permissions: 'read_only', prefixes: ['2026/'] },
        ],
      },
    });
    await writeFile(file, JSON.stringify(spec('read_write')));
    const same = await run('policy', '-f', file, '--diff');
    expect([same.code, same.stdout, same.stderr]).toEqual([0, '', `${ns}/photos: nothing changes\n`]);
    const printed = JSON.parse(await output('policy', '-f', file));
    const stored = await store.admin.getPolicy(policyName(cluster, ns, 'photos'));
    expect(printed.ID).toBe(stored?.id);
    await writeFile(file, JSON.stringify(spec('read_only')));
    const changed = await run('policy', '-f', file, '--diff');
    expect(changed.stdout).toMatch(/^- +"s3:PutObject"/m);
    expect(changed.stdout).toMatch(/^\+ +"Sid": "ReadObjects"/m);
    expect(changed.code).toBe(3);
  });
});

describe('completion', () => {
  const words = async (...typed: string[]) =>
    (await plugin.output(['__complete', ...typed]))
      .trimEnd()
      .split('\n')
      .map((line) => line.split('\t')[0]);

  test('knows commands, flags, and names of the namespace that is typed', async () => {
    expect(await words('ro')).toEqual(['rotate', ':4']);
    expect(await words('show', '-n', ns, 'pho')).toEqual(['photos', ':4']);
    expect(await words('list', '-n', ns.slice(0, -2))).toContain(ns);
    expect(await words('who-can', '-n', ns, 'lo')).toEqual(['logs', ':4']);
    expect(await words('permissions', 'set', 'photos', '-n', ns, 'logs=')).toContain('logs=read_only');
    expect(await words('list', '--store', store.name.slice(0, -1))).toEqual([store.name, ':4']);
  });

  test('works in kubectl by the file that completion kubectl prints', async () => {
    const file = join(plugin.bin, 'kubectl_complete-accesskey');
    await writeFile(file, await plugin.output(['completion', 'kubectl']), { mode: 0o755 });
    const { stdout } = await promisify(execFile)(
      join(plugin.bin, 'kubectl'),
      ['__complete', 'accesskey', 'show', '-n', ns, 'pho'],
      { env: plugin.env() },
    );
    expect(stdout.split('\n')[0]).toBe('photos');
  });

  test('works in bash by the script', async () => {
    const script = `source <(kubectl accesskey completion bash)
      COMP_WORDS=(kubectl-accesskey show -n ${ns} pho); COMP_CWORD=4; _kubectl_accesskey; echo "\${COMPREPLY[@]}"`;
    const { stdout } = await promisify(execFile)('bash', ['-c', script], { env: plugin.env() });
    expect(stdout).toBe('photos\n');
  });
});
