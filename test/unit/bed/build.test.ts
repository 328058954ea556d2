/** The search for programs and their building, with a `go` that writes its output file slowly. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { goObjection } from '../../bed/build.ts';
import {
  cachedPath,
  cacheFolder,
  GO_MODULES,
  type ProgramName,
  pinnedVersion,
} from '../../bed/go-modules.ts';
import { lock, tryLock } from '../../bed/lock.ts';
import { lookFor } from '../../bed/programs.ts';

const BED = join(import.meta.dirname, '..', '..', 'bed');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bed-build-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function put(path: string, text = '', mode = 0o755): string {
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

/** Asks for programs in a process of its own, whose only `go` is ours: its builds take a second, and count. */
function ask(...names: ProgramName[]): Asked {
  return askWith({}, ...names);
}

interface Asked {
  process: ChildProcess;
  output: () => string;
  ended: Promise<number>;
}

/**
 * @param extra variables of the environment; BROKEN names a program whose build fails, and DOWNLOADS is the number of
 *   downloads that every build waits for, ten seconds at most
 */
function askWith(extra: Readonly<Record<string, string>>, ...names: ProgramName[]): Asked {
  const go = `#!${process.execPath}
    const [command] = process.argv.slice(2);
    const fs = require('node:fs');
    if (command === 'version') return console.log('go version go1.26.8 linux/amd64');
    const place = (file) => ${JSON.stringify(folder)} + '/' + file;
    const note = (file, text) => fs.appendFileSync(place(file), text + '\\n');
    if (command === 'list') return note('downloads', process.argv.slice(2).join(' '));
    note('builds', process.argv.slice(2).join(' '));
    const [program] = process.argv.at(-1).replace('/server/v3', '').split('/').reverse();
    note('timeline', program + ' begins');
    note('collections', process.env.GOGC);
    if (program === process.env.BROKEN) {
      console.error(program + '.go:1: broken');
      process.exit(1);
    }
    const out = process.argv[process.argv.indexOf('-o') + 1];
    const files = out.endsWith('/') ? process.argv.filter((a) => a.startsWith('k8s.io/')).map((p) => out + p.split('/').at(-1)) : [out];
    for (const file of files) fs.writeFileSync(file, 'half', { mode: 0o755 });
    const downloads = () => fs.existsSync(place('downloads')) ? fs.readFileSync(place('downloads'), 'utf8').split('\\n').length - 1 : 0;
    const end = () => {
      if (performance.now() < 10000 && downloads() < Number(process.env.DOWNLOADS ?? 0)) return setTimeout(end, 50);
      for (const file of files) fs.writeFileSync(file, 'whole');
      note('timeline', program + ' ends');
    };
    setTimeout(end, 1000);`;
  put(join(folder, 'bin', 'go'), go);
  const source = `
    import { findPrograms } from ${JSON.stringify(join(BED, 'programs.ts'))};
    await findPrograms(${JSON.stringify(names)}, console.log);`;
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', source], {
    env: { ...extra, PATH: join(folder, 'bin'), XDG_CACHE_HOME: join(folder, 'cache'), HOME: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text));
  return { process: child, output: () => output, ended: once(child, 'close').then(([code]) => code) };
}

const cache = () => cacheFolder({ XDG_CACHE_HOME: join(folder, 'cache'), HOME: folder });
const timeline = () => readFileSync(join(folder, 'timeline'), 'utf8').trim().split('\n');
const builds = () => readFileSync(join(folder, 'builds'), 'utf8').trim().split('\n');

describe('lookFor', () => {
  test('prefers ACCESSKEYS_BED_BIN, then KUBEBUILDER_ASSETS, then the cache, for each program by itself', () => {
    const env = {
      ACCESSKEYS_BED_BIN: join(folder, 'bed-bin'),
      KUBEBUILDER_ASSETS: join(folder, 'assets'),
      XDG_CACHE_HOME: join(folder, 'cache'),
      HOME: folder,
    };
    expect(lookFor('kube-apiserver', env)).toBeUndefined();
    const cached = put(cachedPath(cacheFolder(env), 'kube-apiserver'));
    expect(lookFor('kube-apiserver', env)).toBe(cached);
    const asset = put(join(folder, 'assets', 'kube-apiserver'));
    expect(lookFor('kube-apiserver', env)).toBe(asset);
    const own = put(join(folder, 'bed-bin', 'kube-apiserver'));
    expect(lookFor('kube-apiserver', env)).toBe(own);
    expect(lookFor('kube-controller-manager', env)).toBeUndefined();
  });

  test('takes no MinIO from KUBEBUILDER_ASSETS, and nothing that is not executable', () => {
    put(join(folder, 'assets', 'minio'));
    put(join(folder, 'bed-bin', 'etcd'), '', 0o644);
    expect(lookFor('minio', { KUBEBUILDER_ASSETS: join(folder, 'assets'), HOME: folder })).toBeUndefined();
    expect(lookFor('etcd', { ACCESSKEYS_BED_BIN: join(folder, 'bed-bin'), HOME: folder })).toBeUndefined();
  });
});

test.each(GO_MODULES.map((module) => [module.folder, module] as const))(
  'go.mod pins a version of %s',
  (_, module) => {
    expect(pinnedVersion(module)).toMatch(/^v\d+\.\d+\.\d+/);
  },
);

test('the cache is in the user’s cache directory', () => {
  expect(cacheFolder({ HOME: '/h' }, 'linux')).toBe('/h/.cache/access-key-operator/bed');
  expect(cacheFolder({ HOME: '/h', XDG_CACHE_HOME: '/c' }, 'linux')).toBe('/c/access-key-operator/bed');
  expect(cacheFolder({ HOME: '/h', XDG_CACHE_HOME: '/c' }, 'darwin')).toBe(
    '/h/Library/Caches/access-key-operator/bed',
  );
});

test.each([
  ['go version go1.26.8 linux/amd64', undefined],
  ['go version go1.27rc1 darwin/arm64', undefined],
  ['go version go2.0 linux/amd64', undefined],
  ['go version go1.9.7 linux/amd64', 'here is go1.9.7'],
  ['go version go1.25.3 linux/amd64', 'here is go1.25.3'],
  [undefined, 'here is none'],
])('of %s goObjection says %s', (output, objection) => {
  if (objection === undefined) expect(goObjection(output)).toBeUndefined();
  else expect(goObjection(output)).toContain(objection);
});

describe('findPrograms', () => {
  test('builds what is missing, with progress, and nothing the second time', async () => {
    const first = ask('etcd', 'kube-apiserver', 'kube-controller-manager');
    expect(await first.ended, first.output()).toBe(0);
    expect(readFileSync(join(folder, 'collections'), 'utf8')).toBe('400\n400\n');
    expect(first.output()).toMatch(/building etcd v\S+: 0 of 2 built, 0 s\n/);
    expect(first.output()).toMatch(
      /building kube-apiserver, kube-controller-manager v\S+: 1 of 2 built, \d s\n/,
    );
    expect(builds()).toHaveLength(2);
    expect(builds()[1]).toMatch(
      /^build -mod=readonly -trimpath -gcflags=all=-dwarf=false -ldflags -s -w -X \S+version\.gitVersion=v1\./,
    );
    for (const name of ['etcd', 'kube-apiserver', 'kube-controller-manager'] as const) {
      expect(readFileSync(cachedPath(cache(), name), 'utf8')).toBe('whole');
    }
    const second = ask('etcd', 'kube-apiserver');
    expect(await second.ended).toBe(0);
    expect(second.output()).toBe('');
    expect(builds()).toHaveLength(2);
  });

  test('builds the first by itself, and then two at a time, each with the tags of its module alone', async () => {
    const { ended, output } = ask('etcd', 'minio', 'kube-apiserver');
    expect(await ended, output()).toBe(0);
    expect(
      builds()
        .map((build) => [build.split(' ').at(-1), / -tags=(\S+) /.exec(build)?.[1]])
        .sort(),
    ).toEqual([
      ['github.com/minio/minio', 'disable_grpc_modules'],
      ['go.etcd.io/etcd/server/v3', undefined],
      ['k8s.io/kubernetes/cmd/kube-apiserver', undefined],
    ]);
    const events = timeline();
    expect(events.slice(0, 2)).toEqual(['etcd begins', 'etcd ends']);
    expect(events.slice(2, 4).sort()).toEqual(['kube-apiserver begins', 'minio begins']);
    expect(output()).toMatch(/building minio v\S+ and kube-apiserver v\S+: 1 of 3 built, \d s\n/);
  });

  test('downloads for the later builds while the first one is built', async () => {
    const { ended, output } = askWith({ DOWNLOADS: '2' }, 'etcd', 'minio', 'kube-apiserver');
    expect(await ended, output()).toBe(0);
    expect(readFileSync(join(folder, 'downloads'), 'utf8').trim().split('\n')).toEqual([
      'list -mod=readonly -deps k8s.io/kubernetes/cmd/kube-apiserver',
      'list -mod=readonly -tags=disable_grpc_modules -deps github.com/minio/minio',
    ]);
  });

  test('ends the other builds if one fails, and says what the compiler said', async () => {
    const { ended, output } = askWith({ BROKEN: 'minio' }, 'etcd', 'minio', 'kube-apiserver', 'helm');
    expect(await ended).toBe(1);
    expect(output()).toContain('go build of minio failed:\nminio.go:1: broken');
    expect(timeline()).toContain('minio begins');
    expect(timeline()).not.toContain('kube-apiserver ends');
    expect(timeline()).not.toContain('helm ends');
    await vi.waitFor(() => expect(readdirSync(cache()).filter((name) => name.startsWith('.'))).toEqual([]));
  });

  test('builds once for two runs at once', async () => {
    const runs = [ask('minio'), ask('minio')];
    expect(await Promise.all(runs.map(({ ended }) => ended))).toEqual([0, 0]);
    expect(runs.filter(({ output }) => output().includes('another run is building'))).toHaveLength(1);
    expect(builds()).toHaveLength(1);
  });

  test('leaves nothing half made if it is killed, and the next run builds', async () => {
    const killed = ask('etcd');
    await vi.waitFor(() => expect(builds()).toHaveLength(1), { timeout: 5000, interval: 10 });
    killed.process.kill('SIGKILL');
    await vi.waitFor(() => expect(readdirSync(cache())).toEqual(['lock']), { timeout: 900 });
    const next = ask('etcd');
    expect(await next.ended, next.output()).toBe(0);
    expect(readFileSync(cachedPath(cache(), 'etcd'), 'utf8')).toBe('whole');
  });
});

describe('a lock', () => {
  test('has one owner, and others wait for it', async () => {
    const file = join(folder, 'lock');
    const first = tryLock(file);
    expect(first).toBeDefined();
    expect(tryLock(file)).toBeUndefined();
    const waited = vi.fn();
    const second = lock(file, waited);
    await vi.waitFor(() => expect(waited).toHaveBeenCalledOnce());
    first?.release();
    (await second).release();
  });

  test('is free again when its owner is killed', async () => {
    const file = join(folder, 'lock');
    const source = `
      import { tryLock } from ${JSON.stringify(join(BED, 'lock.ts'))};
      globalThis.kept = tryLock(${JSON.stringify(file)});
      console.log('locked');
      setInterval(() => {}, 1000);`;
    const owner = spawn(process.execPath, ['--input-type=module-typescript', '-e', source], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(owner.stdout, 'data');
    expect(tryLock(file)).toBeUndefined();
    owner.kill('SIGKILL');
    await once(owner, 'exit');
    const taken = tryLock(file);
    expect(taken).toBeDefined();
    taken?.release();
  });
});
