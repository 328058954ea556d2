/** A key whose entry says `deletion: false` removes and replaces no version, whatever it tries: against the real MinIO. */
import { randomBytes } from 'node:crypto';
import { type Client, RETENTION_MODES } from 'minio';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BucketAccess } from '../../../src/api/schema/accesskey.ts';
import type { Pair } from '../../../src/provider/provider.ts';
import { rawCalls } from '../../permissions/raw-call.ts';
import { WAYS_TO_REPLACE } from '../../permissions/replacing.ts';
import {
  ALL_GRANTED,
  fixtures,
  readPair,
  ready,
  s3Client,
  s3Outcome,
  secretOf,
} from '../support/fixtures.ts';
import { type OwnMinio, startOwnMinio } from '../support/minio-server.ts';

const KEPT = 'kept';
const SETTINGS = { versioned: {}, locked: { ObjectLocking: true } } as const;
type Kind = keyof typeof SETTINGS;

const appendOnly = await fixtures('append-only');
const { bed } = appendOnly;
let own: OwnMinio;
let root: Client;
let namespace = '';
let makeKey: (entries: BucketAccess[]) => Promise<Pair>;

beforeAll(async () => {
  own = await startOwnMinio();
  root = s3Client(own.minio, own.root);
  await appendOnly.operator();
  // All that a store can give its keys beside: none of it may make a difference.
  const store = await appendOnly.store({
    minio: own.minio,
    grants: ALL_GRANTED,
    spec: {
      everyKeyMay: ['ListBuckets', 'CreateOrResetBuckets'],
      extraActions: { read_write: ['PutObjectTagging', 'DeleteObjectTagging'] },
    },
  });
  namespace = await appendOnly.namespace();
  makeKey = async (bucketAccess) => {
    const ref = await appendOnly.accessKey(namespace, store, { limited: true, bucketAccess });
    await ready(bed, ref);
    return readPair(bed, secretOf(ref));
  };
});
afterAll(async () => {
  await appendOnly.end();
  await own?.end();
});

async function makeVictimBucket(kind: Kind): Promise<string> {
  const bucket = `${kind}-${randomBytes(4).toString('hex')}`;
  await root.makeBucket(bucket, '', SETTINGS[kind]);
  // One version from before there were any: it has no id.
  if (kind === 'versioned') {
    await root.putObject(bucket, 'in/nameless', KEPT);
    await root.setBucketVersioning(bucket, { Status: 'Enabled' });
  }
  return bucket;
}

/** Plants a version, tries the way, and looks whether the version, its bucket and its settings are as they were. */
async function survives(bucket: string, pair: Pair, kind: Kind, way: string): Promise<boolean> {
  const nameless = kind === 'versioned' && way.includes('without an id');
  const name = nameless ? 'in/nameless' : `in/${randomBytes(4).toString('hex')}`;
  const versionId = nameless ? 'null' : ((await root.putObject(bucket, name, KEPT)).versionId ?? '');
  if (kind === 'locked') {
    const retainUntilDate = new Date(Date.now() + 3_600_000).toISOString();
    await root.putObjectRetention(bucket, name, {
      mode: RETENTION_MODES.COMPLIANCE,
      retainUntilDate,
      versionId,
    });
  }
  const client = s3Client(own.minio, pair);
  await client.putObject(bucket, 'in/own', 'changed');
  const send = rawCalls(own.minio.endpoint, pair);
  await WAYS_TO_REPLACE[way]?.({ client, send, bucket, name, versionId, own: 'in/own' });
  const seen = await root.getObject(bucket, name, { versionId }).then(
    async (stream) => Buffer.concat((await stream.toArray()) as Buffer[]).toString(),
    () => undefined,
  );
  const [{ Status }, tags, lifecycle] = await Promise.all([
    root.getBucketVersioning(bucket).then((found) => (typeof found === 'object' ? found : { Status: found })),
    root.getObjectTagging(bucket, name, { versionId }).catch(() => ['gone']),
    s3Outcome(root.getBucketLifecycle(bucket)),
  ]);
  return (
    seen === KEPT && Status === 'Enabled' && tags.length === 0 && lifecycle === 'NoSuchLifecycleConfiguration'
  );
}

describe.each(Object.keys(SETTINGS) as Kind[])('in a %s bucket a version outlives', (kind) => {
  let bucket = '';
  const pairs = new Map<string, Pair>();
  beforeAll(async () => {
    bucket = await makeVictimBucket(kind);
    const entry = { bucketName: bucket, permissions: 'read_write', deletion: false } as const;
    pairs.set('of the bucket', await makeKey([entry]));
    pairs.set('of a prefix', await makeKey([{ ...entry, prefixes: ['in/'] }]));
  });

  describe.each(['of the bucket', 'of a prefix'])('a key %s by', (reach) => {
    test.each(Object.keys(WAYS_TO_REPLACE))('%s', async (way) => {
      expect(await survives(bucket, pairs.get(reach) as Pair, kind, way)).toBe(true);
    });
  });
});

test('the same key adds objects, by uploads in parts and copies too, and reads them', async () => {
  const bucket = await makeVictimBucket('versioned');
  const client = s3Client(
    own.minio,
    await makeKey([{ bucketName: bucket, permissions: 'read_write', deletion: false }]),
  );
  await client.putObject(bucket, 'in/a', Buffer.alloc(6 * 1024 * 1024, 'a'));
  await client.copyObject(bucket, 'in/b', `/${bucket}/in/a`);
  expect((await client.statObject(bucket, 'in/b')).size).toBe(6 * 1024 * 1024);
  expect(await client.listObjectsV2(bucket, 'in/', true).toArray()).toHaveLength(3);
});

test('each denial is needed: with deletion the ways that it stops replace a version', async () => {
  const bucket = await makeVictimBucket('locked');
  const pair = await makeKey([{ bucketName: bucket, permissions: 'read_write' }]);
  const lost: string[] = [];
  for (const way of Object.keys(WAYS_TO_REPLACE).filter((name) =>
    /archive|onto the version|begun|resets/.test(name),
  )) {
    if (!(await survives(bucket, pair, 'locked', way))) lost.push(way);
  }
  expect(lost).toEqual(
    expect.arrayContaining([
      'an archive that names the version',
      'CopyObject onto the version as a replica',
      'CreateBucket that resets it',
    ]),
  );
});
