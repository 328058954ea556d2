/**
 * The API server refuses to show a key's Secret: access that is taken away ends in the store nevertheless, by what the
 * operator knows.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ANNOTATION_ISSUED_AT } from '../../../src/api/names.ts';
import type { AccessKeySpec } from '../../../src/api/schema/accesskey.ts';
import type { Pair } from '../../../src/provider/provider.ts';
import { type FaultProxy, startProxy } from '../../bed/proxy.ts';
import {
  ALL_GRANTED,
  fixtures,
  makeBucket,
  type NamespacedRef,
  policyOf,
  readPair,
  ready,
  reason,
  s3Client,
  s3Outcome,
  secretOf,
  type TestStore,
  until,
} from '../support/fixtures.ts';

const blind = await fixtures('blind');
const { bed, cluster } = blind;
let api: FaultProxy;
let store: TestStore;
let bucket: string;

beforeAll(async () => {
  api = await startProxy(bed.server, { ca: bed.caPem });
  store = await blind.store();
  bucket = await makeBucket(store, 'blind');
  await blind.operator({ kubeconfig: await bed.kubeconfig({ server: api.url }) });
});
afterAll(async () => {
  api.onRequest(undefined);
  await blind.end();
  await api.close();
});

interface Answer {
  readonly status: number;
  readonly message: (resource: string, name: string, namespace: string) => string;
}

const ANSWERS: Readonly<Record<string, Answer>> = {
  'without the right': {
    status: 403,
    message: (resource, name, namespace) =>
      `${resource} "${name}" is forbidden: User "operator" cannot get resource "${resource}" in API group "" in the namespace "${namespace}"`,
  },
  'by an API server that fails': { status: 500, message: () => 'Internal error occurred' },
};

/** Refuses to read objects of those resources in the namespace one by one; lists and watches go on. */
function refuseReading(namespace: string, resources: readonly string[], { status, message }: Answer): void {
  api.onRequest(({ method, path }) => {
    const { pathname } = new URL(path, 'http://api');
    const [, resource = '', name = ''] =
      new RegExp(`/namespaces/${namespace}/([a-z]+)/([^/]+)$`).exec(pathname) ?? [];
    if (method !== 'GET' || !resources.includes(resource)) return undefined;
    const body = {
      kind: 'Status',
      apiVersion: 'v1',
      status: 'Failure',
      code: status,
      ...(status === 403 && { reason: 'Forbidden' }),
      message: message(resource, name, namespace),
    };
    return {
      do: 'answer',
      status,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    };
  });
}

const pairOf = (ref: NamespacedRef) => readPair(bed, secretOf(ref));
const outcomeOf = (pair: Pair) => s3Outcome(s3Client(store.minio, pair).listBuckets());
const untilRefused = (pair: Pair) =>
  until('refused by the store', async () => (await outcomeOf(pair)) === 'InvalidAccessKeyId', 10_000);
const write = (pair: Pair) => s3Outcome(s3Client(store.minio, pair).putObject(bucket, 'x', 'x'));

interface Issued {
  readonly namespace: string;
  readonly ref: NamespacedRef;
  readonly pair: Pair;
}

async function issued(
  spec: Partial<Omit<AccessKeySpec, 'storeRef'>> = {},
  of: TestStore = store,
): Promise<Issued> {
  const namespace = await blind.namespace();
  const bucketAccess = [{ bucketName: bucket, permissions: 'read_write' as const }];
  const ref = await blind.accessKey(namespace, of, { limited: true, bucketAccess, ...spec });
  await ready(bed, ref);
  return { namespace, ref, pair: await pairOf(ref) };
}

/** The resources that can't be read: Secrets, or AccessKeys too. */
const UNREADABLE = [['secrets'], ['secrets', 'accesskeys']] as const;
const CASES = Object.entries(ANSWERS).flatMap(([how, answer]) =>
  UNREADABLE.map((resources) => ({ how, answer, resources, what: resources.join(' and ') })),
);

describe.each(CASES)('while reading $what is refused $how,', ({ answer, resources }) => {
  const refuse = (namespace: string) => refuseReading(namespace, resources, answer);
  const allow = () => api.onRequest(undefined);

  test('a disabled key is refused by the store, says so, and works again once it may', async () => {
    const { namespace, ref, pair } = await issued();
    refuse(namespace);
    await bed.api.patch(ref, { spec: { disabled: true } });
    await untilRefused(pair);
    const { message } = await reason(bed, ref, 'Disabled');
    expect(message).toContain('The store refuses the key');
    allow();
    await bed.api.patch(ref, { spec: { disabled: false } });
    await ready(bed, ref, { timeoutMs: 60_000 });
    expect(await outcomeOf(pair)).toBe('ok');
  });

  test('a key whose grant is withdrawn is refused by the store, and says so', async () => {
    const strict = await blind.store();
    const { namespace, ref, pair } = await issued({}, strict);
    refuse(namespace);
    await bed.api.patch(strict.ref, { spec: { grants: [] } });
    await untilRefused(pair);
    await reason(bed, ref, 'GrantDenied');
    await bed.api.patch(strict.ref, { spec: { grants: ALL_GRANTED } });
    allow();
    await ready(bed, ref, { timeoutMs: 90_000 });
    expect(await outcomeOf(pair)).toBe('ok');
  });

  test('a key loses the permissions that an edit takes away', async () => {
    const { namespace, ref, pair } = await issued();
    expect(await write(pair)).toBe('ok');
    refuse(namespace);
    await bed.api.patch(ref, { spec: { bucketAccess: [{ bucketName: bucket, permissions: 'read_only' }] } });
    await until('narrowed', async () => (await write(pair)) === 'AccessDenied', 10_000);
    const { message } = await reason(bed, ref, 'KubernetesRefused');
    expect(message).toContain(`get ${resources.at(-1)} ${namespace}/${ref.metadata.name}`);
    expect((await bed.api.get(ref))?.status?.['permissions']).toEqual([
      { bucketName: bucket, permissions: 'read_only' },
    ]);
    allow();
    await ready(bed, ref, { timeoutMs: 90_000 });
  });

  test('an expired key is revoked, and says what is in the way', async () => {
    const { namespace, ref, pair } = await issued();
    refuse(namespace);
    await bed.api.patch(ref, { spec: { expiresAt: new Date(Date.now() - 1_000).toISOString() } });
    await untilRefused(pair);
    await reason(bed, ref, 'KubernetesRefused');
    expect(await store.admin.getPolicy(policyOf(cluster, ref))).toBeUndefined();
    allow();
    await reason(bed, ref, 'Expired', { timeoutMs: 90_000 });
  });

  test('a pair that is older than its grant allows ends, and another one comes once it may', async () => {
    const grants = [{ namespaces: { all: true }, buckets: ['*'], unrestricted: true, maxAge: '2h' }];
    const strict = await blind.store({ grants });
    const { namespace, ref, pair } = await issued({}, strict);
    refuse(namespace);
    const old = new Date(Date.now() - 3 * 3_600_000).toISOString();
    await bed.api.patch(secretOf(ref), { metadata: { annotations: { [ANNOTATION_ISSUED_AT]: old } } });
    await untilRefused(pair);
    await reason(bed, ref, 'KubernetesRefused');
    allow();
    await ready(bed, ref, { timeoutMs: 90_000 });
    const next = await pairOf(ref);
    expect(next.accessKeyId).not.toBe(pair.accessKeyId);
    expect(await outcomeOf(next)).toBe('ok');
  });

  test('a previous key ends when its grace is over', async () => {
    const { namespace, ref, pair } = await issued();
    await bed.api.patch(ref, { spec: { keyGeneration: 2 } });
    await until('rotated', async () => (await pairOf(ref)).accessKeyId !== pair.accessKeyId);
    await ready(bed, ref);
    expect(await outcomeOf(pair)).toBe('ok');
    refuse(namespace);
    await bed.api.patch(ref, { spec: { rotation: { gracePeriod: '0s' } } });
    await untilRefused(pair);
    expect(await outcomeOf(await pairOf(ref))).toBe('ok');
    allow();
    await ready(bed, ref, { timeoutMs: 90_000 });
  });
});
