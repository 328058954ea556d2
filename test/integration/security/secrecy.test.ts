/** A secret access key is in its Secret and nowhere else (rule 9), even if something goes wrong. */
import { randomBytes } from 'node:crypto';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Pair } from '../../../src/provider/provider.ts';
import type { Operator } from '../../bed/operator.ts';
import { freePorts } from '../../bed/ports.ts';
import { startProxy } from '../../bed/proxy.ts';
import {
  credentialsData,
  edit,
  fixtures,
  limitedKey,
  type NamespacedRef,
  readPair,
  ready,
  reason,
  secretOf,
  secretRef,
  storeReady,
  type TestStore,
  until,
} from '../support/fixtures.ts';
import { spellings } from '../support/secret-spellings.ts';

const secrecy = await fixtures('secrecy');
const { bed } = secrecy;
const api = await startProxy(bed.server, { ca: bed.caPem });
const minio = await startProxy(bed.minio.endpoint);
afterAll(async () => {
  minio.onRequest(undefined);
  api.onRequest(undefined);
  await secrecy.end();
  await Promise.all([api.close(), minio.close()]);
});

const limited = limitedKey({ photos: 'read_only' });

/** The secrets, by the name that a failure shows. */
const secrets = new Map<string, string>([['the root password', bed.minio.rootPassword]]);
const operators: Operator[] = [];
let namespace = '';
let store: TestStore;

/** The URL of the running operator's metrics. */
let metrics = '';
/** The visible state of a running operator: its metrics, title, arguments and environment. */
const seenOutside: string[] = [];

async function start(): Promise<void> {
  const kubeconfig = await bed.kubeconfig({ server: api.url });
  const [port] = await freePorts(1);
  metrics = `http://127.0.0.1:${port}/metrics`;
  const args = ['--log-level=debug', `--http-address=127.0.0.1:${port}`];
  // A heap snapshot has every string, whole by the second option (V8 cuts them at 1,024 characters else), but nothing
  // of the Buffers outside of the heap: what is in those isn't looked at.
  const execArgv = ['--heapsnapshot-signal=SIGUSR2', '--heap-snapshot-string-limit=1000000'];
  operators.push(await secrecy.restart({ kubeconfig, args, execArgv }));
}

async function lookFromOutside(): Promise<void> {
  const { pid = 0 } = operators.at(-1) ?? {};
  const process = ['cmdline', 'comm', 'environ'].map((file) => readFile(`/proc/${pid}/${file}`, 'utf8'));
  seenOutside.push(await (await fetch(metrics)).text(), ...(await Promise.all(process)));
}

/** All text in the operator's memory, once what it needs no more is gone: Node collects before it takes a snapshot. */
async function heapOf({ pid }: Operator): Promise<string> {
  const before = new Set(await readdir(bed.folder));
  process.kill(pid, 'SIGUSR2');
  const name = await until(
    'a heap snapshot',
    async () =>
      (await readdir(bed.folder)).find((file) => file.endsWith('.heapsnapshot') && !before.has(file)),
    60_000,
  );
  const path = join(bed.folder, name);
  // It is written bit by bit; whole, it ends as an object does.
  const text = await until(
    'written whole',
    async () => {
      const content = await readFile(path, 'utf8');
      return content.trimEnd().endsWith('}') && content;
    },
    60_000,
  );
  await rm(path);
  return text;
}

/** Remembers the secret that the key's Secret holds now. */
async function remember(ref: NamespacedRef): Promise<string> {
  const { accessKeyId, secretAccessKey } = await readPair(bed, secretOf(ref));
  secrets.set(`the secret of ${accessKeyId}`, secretAccessKey);
  return accessKeyId;
}

async function key(): Promise<NamespacedRef> {
  const ref = await secrecy.accessKey(namespace, store, limited);
  await ready(bed, ref);
  await remember(ref);
  return ref;
}

/** The names of the secrets that are in a text, as they are or in base64, at whatever place in what was encoded. */
function found(text: string): string[] {
  return [...secrets]
    .filter(([, secret]) => spellings(secret).some((one) => text.includes(one)))
    .map(([name]) => name);
}

beforeAll(async () => {
  [store, namespace] = await Promise.all([secrecy.store({ endpoint: minio.url }), secrecy.namespace()]);
  await start();
});

test('what looks for secrets finds them', () => {
  secrets.set('an example', 'abcdefghijklmnopqrstuvwxyz');
  for (const before of ['', 'x', 'xy', 'xyz']) {
    const text = `${before}abcdefghijklmnopqrstuvwxyz and more`;
    expect(found(text)).toEqual(['an example']);
    expect(found(Buffer.from(text).toString('base64'))).toEqual(['an example']);
  }
  secrets.delete('an example');
});

test('a life with faults leaves no secret outside of Secrets', async () => {
  const keys = await Promise.all([key(), key(), key(), key()]);
  const [reissued, edited, poisoned, doomed] = keys;
  if (!reissued || !edited || !poisoned || !doomed) throw new Error('no keys');

  // Pairs that are issued anew.
  for (const [ref, harm] of [
    [reissued, () => bed.api.delete(secretOf(reissued))],
    [edited, () => bed.api.patch(secretOf(edited), { data: { AWS_SECRET_ACCESS_KEY: 'd3Jvbmctb25l' } })],
    // A secret in the place of an id, as one who mixes them up puts it.
    [
      poisoned,
      async () => {
        const { secretAccessKey } = await readPair(bed, secretOf(poisoned));
        const encoded = Buffer.from(secretAccessKey).toString('base64');
        await bed.api.patch(secretOf(poisoned), { data: { AWS_ACCESS_KEY_ID: encoded } });
      },
    ],
  ] as const) {
    const before = (await ready(bed, ref)).status.accessKeyId;
    await harm();
    await bed.api.waitFor(ref, 'issued anew', (object) => object?.status?.['accessKeyId'] !== before);
    await ready(bed, ref);
    await remember(ref);
  }

  // A store that breaks off, refuses, and answers nonsense with what it was sent.
  const broken = await Promise.all([1, 2, 3].map(() => secrecy.accessKey(namespace, store, limited)));
  let n = 0;
  minio.onRequest(({ path }) => {
    n += 1;
    if (!path.includes('add-user') && !path.includes('user-info')) return undefined;
    const answers = [
      { do: 'dropAnswer' },
      { do: 'reset' },
      { do: 'answer', status: 500, body: `{"Code":"InternalError","Message":"${bed.minio.rootPassword}"}` },
      { do: 'answer', status: 400, body: bed.minio.rootPassword },
    ] as const;
    return n > 40 ? undefined : answers[n % answers.length];
  });
  await Promise.all(broken.map((ref) => ready(bed, ref, { timeoutMs: 60_000 })));
  minio.onRequest(undefined);
  for (const ref of broken) await remember(ref);

  // An API server that refuses the Secret, and one that doesn't tell whether it took it.
  const refused = await secrecy.namespace('refused');
  const metadata = { name: 'none', namespace: refused };
  const quota = { apiVersion: 'v1', kind: 'ResourceQuota', metadata };
  await bed.api.create({ ...quota, spec: { hard: { secrets: '0' } } });
  await bed.api.waitFor(quota, 'counted', (seen) => seen?.status?.['used']);
  const unpublished = await secrecy.accessKey(refused, store, limited);
  await reason(bed, unpublished, 'SecretRejected');
  let dropped = false;
  api.onRequest(({ method, path }) => {
    if (dropped || method !== 'POST' || !path.includes('/secrets')) return undefined;
    dropped = true;
    return { do: 'dropAnswer' };
  });
  await key();
  expect(dropped).toBe(true);
  api.onRequest(undefined);

  // Credentials that are wrong for a while, a restart, and deletions.
  const wrong = { accessKeyId: bed.minio.rootUser, secretAccessKey: 'the-wrong-secret-of-root' };
  secrets.set('the wrong secret', wrong.secretAccessKey);
  await bed.api.patch(store.credentials, { stringData: credentialsData(wrong) });
  await reason(bed, store.ref, 'StoreNotReady');
  await start();
  const right = { accessKeyId: bed.minio.rootUser, secretAccessKey: bed.minio.rootPassword };
  await bed.api.patch(store.credentials, { stringData: credentialsData(right) });
  await storeReady(bed, store.ref);
  await bed.api.delete(doomed);
  await bed.api.waitGone(doomed);
  await lookFromOutside();
  await operators.at(-1)?.kill();

  expect(secrets.size).toBeGreaterThanOrEqual(13);
  const output = operators.flatMap((operator) => operator.output);
  expect(output.length).toBeGreaterThan(50);
  expect(found(output.join('\n'))).toEqual([]);
  expect(seenOutside.join('\n')).toContain('controller_runtime_reconcile_total');
  expect(found(seenOutside.join('\n'))).toEqual([]);
  const lists = await everythingButSecrets();
  // For the end of the file, which deletes the keys.
  await start();
  expect([...lists.keys()]).toEqual(
    expect.arrayContaining(['accesskeys', 'clusterobjectstores', 'configmaps', 'events']),
  );
  // Those that are there, so that an empty answer can't pass.
  expect(lists.get('accesskeys')).toContain(reissued.metadata.name);
  expect(lists.get('events')).toContain('Reissued');
  const leaks = [...lists].flatMap(([resource, text]) => found(text).map((name) => `${name} in ${resource}`));
  expect(leaks).toEqual([]);
});

test('an operator at rest has no pair of a key in its memory, but for the credentials of its stores', async () => {
  const operator = operators.at(-1);
  if (!operator) throw new Error('no operator');
  const refs = await Promise.all([1, 2, 3].map(() => key()));
  await bed.api.patch(refs[0] ?? store.ref, { spec: { keyGeneration: 2 } });
  await until('rotated', async () => {
    const [ref] = refs;
    return ref && (await ready(bed, ref)).status.previousKeys?.length === 1;
  });
  const [ref] = refs;
  if (ref) await remember(ref);
  // Buffers of connections are used again by the next requests.
  for (let n = 0; n < 20; n += 1)
    await secrecy.accessKey(namespace, store, limited).then((made) => ready(bed, made));
  // What the operator signs with, it has to have: it shows that whatever else is there would be found.
  expect(found(await heapOf(operator))).toEqual(['the root password']);
});

describe('a secret in the place of something else', () => {
  const GRANTS = [{ namespaces: { all: true }, buckets: ['*'], allowImport: true }];
  let importing: TestStore;
  let strict: TestStore;
  /** The findings of earlier tests, which are no failures of later ones. */
  const reported = new Set<string>();

  beforeAll(async () => {
    await operators.at(-1)?.kill();
    await start();
    importing = await secrecy.store({ endpoint: minio.url, grants: GRANTS });
    strict = await secrecy.store({
      endpoint: minio.url,
      grants: [{ namespaces: { all: true }, buckets: ['*'] }],
    });
  });

  /** A user that an application has had for long, with a secret that a person chose. */
  async function oldUser(): Promise<Pair> {
    const pair = {
      accessKeyId: `old-${randomBytes(4).toString('hex')}`,
      secretAccessKey: randomBytes(15).toString('hex'),
    };
    await store.admin.putUser(pair);
    secrets.set(`the secret of ${pair.accessKeyId}`, pair.secretAccessKey);
    return pair;
  }

  const swapped = ({ accessKeyId, secretAccessKey }: Pair): Pair => ({
    accessKeyId: secretAccessKey,
    secretAccessKey: accessKeyId,
  });

  async function oldSecret(pair: Pair): Promise<string> {
    const name = `old-${randomBytes(4).toString('hex')}`;
    await bed.api.create({ ...secretRef(namespace, name), stringData: credentialsData(pair) });
    return name;
  }

  const write = (ref: NamespacedRef, pair: Pair, annotations = {}) =>
    bed.api.patch(secretOf(ref), { stringData: credentialsData(pair), metadata: { annotations } });

  /** Returns the places that somebody without the right to read Secrets can read and that hold a secret. */
  async function leaks(): Promise<string[]> {
    await lookFromOutside();
    const texts = new Map(await everythingButSecrets());
    texts.set('the log', operators.flatMap((operator) => operator.output).join('\n'));
    texts.set('what is seen outside', seenOutside.join('\n'));
    const all = [...texts].flatMap(([place, text]) => found(text).map((name) => `${name} in ${place}`));
    const fresh = all.filter((leak) => !reported.has(leak));
    for (const leak of fresh) reported.add(leak);
    return fresh;
  }

  test('importFrom with id and secret swapped: the refusal names the Secret, and none of its values', async () => {
    const importFrom = { secretName: await oldSecret(swapped(await oldUser())) };
    const ref = await secrecy.accessKey(namespace, importing, { ...limited, importFrom });
    const { message } = await reason(bed, ref, 'ImportRefused');
    expect(message).toContain(importFrom.secretName);
    expect(message).toContain('swapped');
    expect(await leaks()).toEqual([]);
  });

  test('importFrom with id and secret swapped, while the store fails', async () => {
    const importFrom = { secretName: await oldSecret(swapped(await oldUser())) };
    let asked = 0;
    minio.onRequest(({ path }) => {
      if (!path.includes('user-info')) return undefined;
      asked += 1;
      return { do: 'answer', status: 400, body: '{"Code":"InvalidArgument"}' };
    });
    const ref = await secrecy.accessKey(namespace, importing, { ...limited, importFrom });
    await reason(bed, ref, 'StoreRejected');
    minio.onRequest(undefined);
    expect(asked).toBeGreaterThan(0);
    await reason(bed, ref, 'ImportRefused');
    expect(await leaks()).toEqual([]);
  });

  test('importFrom without a grant: the Secret is not even read', async () => {
    const secretName = await oldSecret(swapped(await oldUser()));
    const ref = await secrecy.accessKey(namespace, strict, { ...limited, importFrom: { secretName } });
    await reason(bed, ref, 'GrantDenied');
    expect(api.requests.filter(({ path }) => path.includes(`/secrets/${secretName}`))).toEqual([]);
    expect(await leaks()).toEqual([]);
  });

  test('id and secret swapped in the Secret of a key: it gets a new pair', async () => {
    const ref = await key();
    const pair = await readPair(bed, secretOf(ref));
    await write(ref, swapped(pair));
    await bed.api.waitFor(
      ref,
      'issued anew',
      (object) => object?.status?.['accessKeyId'] !== pair.accessKeyId,
    );
    await ready(bed, ref);
    await remember(ref);
    expect(await leaks()).toEqual([]);
  });

  test('an imported pair: the store gets no request for a user of that name either', async () => {
    const pair = await oldUser();
    const ref = await secrecy.accessKey(namespace, importing, {
      ...limited,
      importFrom: { secretName: await oldSecret(pair) },
    });
    await ready(bed, ref);
    await write(ref, swapped(pair));
    await bed.api.waitFor(
      ref,
      'issued anew',
      (object) => object?.status?.['accessKeyId'] !== pair.accessKeyId,
    );
    await ready(bed, ref);
    await remember(ref);
    expect(minio.requests.filter(({ path }) => path.includes(pair.secretAccessKey))).toEqual([]);
    expect(await leaks()).toEqual([]);
  });

  test("annotations of the operator's own Secret", async () => {
    const ref = await key();
    const { secretAccessKey } = await readPair(bed, secretOf(ref));
    const previous = [{ accessKeyId: secretAccessKey, revokeAt: '2030-01-01T00:00:00Z' }];
    for (const annotations of [
      { 'accesskeys.dev/previous-keys': JSON.stringify(previous) },
      { 'accesskeys.dev/endpoint': secretAccessKey },
      { 'accesskeys.dev/issued-at': secretAccessKey },
      { 'accesskeys.dev/key-generation': secretAccessKey },
      { 'accesskeys.dev/pair-digest': secretAccessKey },
    ]) {
      await bed.api.patch(secretOf(ref), { metadata: { annotations } });
      await edit(bed, ref, { label: JSON.stringify(Object.keys(annotations)) });
      await bed.api.waitFor(
        ref,
        'looked at',
        (object) => object?.status?.['observedGeneration'] === object?.metadata.generation,
      );
      expect(await leaks()).toEqual([]);
      await ready(bed, ref);
      await remember(ref);
    }
  });

  test("a Secret with the operator's labels that nobody owns", async () => {
    const name = `unowned-${randomBytes(4).toString('hex')}`;
    const pair = await oldUser();
    const labels = {
      'app.kubernetes.io/managed-by': 'access-key-operator',
      'accesskeys.dev/access-key': name,
    };
    await bed.api.create({ ...secretRef(namespace, name), stringData: credentialsData(swapped(pair)) });
    await bed.api.patch(secretRef(namespace, name), { metadata: { labels } });
    const ref = await secrecy.accessKey(namespace, store, limited, name);
    await reason(bed, ref, 'SecretConflict');
    expect(await leaks()).toEqual([]);
  });

  test("id and secret swapped in the Secret of a store's credentials", async () => {
    const { rootUser, rootPassword } = bed.minio;
    const own = await secrecy.store({
      endpoint: minio.url,
      credentials: credentialsData({ accessKeyId: rootPassword, secretAccessKey: rootUser }),
    });
    await reason(bed, own.ref, 'StoreNotReady');
    expect(await leaks()).toEqual([]);
  });
});

/** The lists of every resource that the API server has but Secrets, as text, by the resource's name. */
async function everythingButSecrets(): Promise<Map<string, string>> {
  const { groups } = await bed.api.request<{ groups: { preferredVersion: { groupVersion: string } }[] }>(
    'GET',
    '/apis',
  );
  const roots = [
    '/api/v1',
    ...groups.map(({ preferredVersion }) => `/apis/${preferredVersion.groupVersion}`),
  ];
  const lists = new Map<string, string>();
  for (const root of roots) {
    const { resources } = await bed.api.request<{ resources: { name: string; verbs: string[] }[] }>(
      'GET',
      root,
    );
    for (const { name, verbs } of resources) {
      if (!verbs.includes('list') || name === 'secrets') continue;
      const list = await bed.api.request('GET', `${root}/${name}`);
      lists.set(name, `${lists.get(name) ?? ''}${JSON.stringify(list)}`);
    }
  }
  return lists;
}
