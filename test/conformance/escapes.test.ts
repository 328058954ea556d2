/** No key leaves its folder or its bucket, however somebody spells the way, by an operation that names an object. */
import { randomBytes } from 'node:crypto';
import { type Client, S3Error } from 'minio';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  fixtures,
  readPair,
  ready,
  s3Client,
  secretOf,
  storeReady,
  storeRef,
} from '../integration/support/fixtures.ts';
import { ELSEWHERE, IN_PATH, type NamedOperation, type Way } from '../permissions/named-operations.ts';
import { type RawAnswer, rawCalls } from '../permissions/raw-call.ts';
import { SPELLINGS } from '../permissions/spellings.ts';
import { createStore, describeStores, type RunningStore, STORES } from './stores.ts';

const escapes = await fixtures('conform-escapes');
const { bed, cluster } = escapes;
afterAll(escapes.end);
let namespace = '';
beforeAll(async () => {
  namespace = await escapes.namespace();
  await escapes.operator();
});

/** The content of objects that the keys may not see. */
const HIDDEN = `hidden-${randomBytes(8).toString('hex')}`;
const FOLDER = 'in/';
const OPERATIONS = Object.entries({ ...ELSEWHERE, ...IN_PATH });

describeStores(STORES, (kind) => {
  const suffix = randomBytes(4).toString('hex');
  const [name, home, other] = [`escapes-${suffix}`, `home-${suffix}`, `other-${suffix}`];
  let store: RunningStore;
  let root: Client;

  /** Makes what is outside again. */
  async function plant(): Promise<void> {
    for (const object of ['out/secret', 'top']) await root.putObject(home, object, HIDDEN);
    await root.putObject(other, 'out/secret', HIDDEN);
  }

  beforeAll(async () => {
    store = await kind.start(bed, cluster);
    root = s3Client(store, store.root);
    for (const bucket of [home, other]) await root.makeBucket(bucket);
    await plant();
    const grants = [{ namespaces: { all: true }, buckets: ['*'] }];
    await createStore(bed, { name, namespace }, store, { grants });
    await storeReady(bed, storeRef(name));
  });
  afterAll(() => store?.admin.close());

  /** Lists what is outside the folder, with the content's hash. */
  async function outside(folder: string): Promise<string[]> {
    const found: string[] = [];
    for (const bucket of [home, other]) {
      for await (const { name: key, etag } of root.listObjectsV2(bucket, '', true)) {
        const isInside = bucket === home && key?.startsWith(folder);
        if (!isInside) found.push(`${bucket}/${key} ${etag}`);
      }
    }
    return found.sort();
  }

  /**
   * Returns what an object holds. It is nothing for names that VersityGW lists and root can't read by them: it refuses
   * some, and reads what the cleaned path names for others.
   */
  async function contentOf(key: string): Promise<Buffer> {
    if (key.includes('/../')) return Buffer.alloc(0);
    try {
      const chunks: Buffer[] = [];
      for await (const chunk of await root.getObject(home, key)) chunks.push(chunk);
      return Buffer.concat(chunks);
    } catch (error) {
      if (error instanceof S3Error) return Buffer.alloc(0);
      throw error;
    }
  }

  /** Sends the operation. Ceph answers some HEAD requests with a body, which breaks the connection. */
  async function answersTo(operation: NamedOperation, way: Way, spelled: string): Promise<RawAnswer[]> {
    try {
      return await operation(way, spelled);
    } catch (error) {
      if (/^(HPE_|ECONNRESET)/.test(String((error as { code?: string }).code))) return [];
      throw error;
    }
  }

  /** Returns the spellings by which the operation got out. */
  async function escaped(way: Way, operation: NamedOperation): Promise<string[]> {
    const targets = way.folder === '' ? [] : [{ up: 1, to: 'out/secret' }];
    targets.push({ up: way.folder === '' ? 1 : 2, to: `${other}/out/secret` });
    const got: string[] = [];
    const before = await outside(way.folder);
    for (const [spelling, spell] of Object.entries(SPELLINGS)) {
      for (const { up, to } of targets) {
        const answers = await answersTo(operation, way, spell(way.folder, up, to));
        if (answers.some(({ body }) => body.includes(HIDDEN))) got.push(`${spelling}: read ${to}`);
      }
    }
    const after = await outside(way.folder);
    if (String(before) !== String(after)) {
      got.push(
        `changed ${before.filter((one) => !after.includes(one))} ${after.filter((one) => !before.includes(one))}`,
      );
      await plant();
    }
    for await (const { name: key } of root.listObjectsV2(home, way.folder, true)) {
      if (key === undefined || (way.folder === '' && ['top', 'out/secret'].includes(key))) continue;
      const content = await contentOf(key);
      if (content.includes(HIDDEN)) got.push(`copied to ${key}`);
    }
    return got;
  }

  describe.each([
    ['a key of a prefix', FOLDER],
    ['a key of a bucket', ''],
  ])('%s gets nowhere by', (_, folder) => {
    let way: Way;
    beforeAll(async () => {
      const ref = await escapes.accessKey(namespace, name, {
        limited: true,
        bucketAccess: [
          {
            bucketName: home,
            permissions: 'read_write',
            ...(folder !== '' && { prefixes: [folder] }),
          },
        ],
      });
      await ready(bed, ref);
      const pair = await readPair(bed, secretOf(ref));
      const client = s3Client(store, pair);
      const own = `${folder}own`;
      await client.putObject(home, own, 'a,b\n');
      const uploadId = await client.initiateNewMultipartUpload(home, own, {});
      way = {
        client,
        send: rawCalls(store.endpoint, pair),
        bucket: home,
        folder,
        own: { name: own, uploadId },
      };
    });

    test.each(OPERATIONS)('%s', async (_, operation) => {
      expect(await escaped(way, operation)).toEqual([]);
    });
  });
});
