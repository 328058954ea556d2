import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { createMinioStore } from '../../../src/provider/minio/admin.ts';
import type { Ref } from '../../bed/api.ts';
import {
  credentialsData,
  edit,
  fixtures,
  ready,
  storeReady,
  until,
} from '../../integration/support/fixtures.ts';

/** Each file of examples/, applied as it is but for the endpoint, with an operator at work. */
const FOLDER = join(import.meta.dirname, '..', '..', '..', 'examples');
const { bed, operator, end } = await fixtures('examples');
const made: Ref[] = [];

beforeAll(async () => {
  await operator({ args: ['--namespaced-store-endpoints=http://127.0.0.1:*'] });
  const { rootUser: accessKeyId, rootPassword: secretAccessKey } = bed.minio;
  await bed.api.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'storage' } });
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace: 'storage', name: 'minio-admin' },
  };
  await bed.api.apply({ ...secret, stringData: credentialsData({ accessKeyId, secretAccessKey }) });
  // What import.yaml finds there: an application's own user, and the Secret that it has used.
  const legacy = { accessKeyId: 'legacy-importer', secretAccessKey: randomBytes(20).toString('hex') };
  const credentials = { accessKeyId, secretAccessKey };
  const admin = createMinioStore({ endpoint: bed.minio.endpoint, credentials });
  await admin.putUser(legacy);
  await admin.setUserPolicies(legacy.accessKeyId, ['readwrite']);
  await admin.close();
  await bed.api.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
  const used = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace: 'shop', name: 'legacy-credentials' },
  };
  await bed.api.apply({ ...used, stringData: credentialsData(legacy) });
  await bed.api.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'lab' } });
  const ofLab = { ...secret, metadata: { namespace: 'lab', name: 'minio-admin' } };
  await bed.api.apply({ ...ofLab, stringData: credentialsData({ accessKeyId, secretAccessKey }) });
  made.push(secret, used, ofLab);
});

afterAll(async () => {
  const remove = async (kind: string) => {
    const objects = made.filter((object) => object.kind === kind);
    if (kind === 'AccessKey') {
      await Promise.all(objects.map((object) => edit(bed, object, { deletionPolicy: 'Delete' })));
    }
    await Promise.all(objects.map((object) => bed.api.delete(object)));
    await Promise.all(objects.map((object) => bed.api.waitGone(object)));
  };
  await remove('AccessKey');
  await remove('ClusterObjectStore');
  await remove('ObjectStore');
  await remove('Secret');
  await end();
});

/** The resource versions of objects as they are now. */
async function versionsOf(objects: readonly Ref[]): Promise<(string | undefined)[]> {
  const found = await Promise.all(objects.map((object) => bed.api.get(object)));
  return found.map((object) => object?.metadata.resourceVersion);
}

/** store.yaml first: the others need its store. */
const files = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.yaml'))
  .sort((a, b) => Number(b === 'store.yaml') - Number(a === 'store.yaml'));

test.each(files)('%s does what it says', async (file) => {
  const endpoint = `${bed.minio.endpoint}\n  allowInsecure: true`;
  const text = readFileSync(join(FOLDER, file), 'utf8').replaceAll(
    'https://minio.storage.svc:9000',
    endpoint,
  );
  const objects = parseAllDocuments(text).map((document) => document.toJS() as Ref);
  await bed.api.applyYaml(text);
  made.push(...objects.filter(({ kind }) => kind !== 'Namespace'));
  for (const object of objects) {
    if (object.kind.endsWith('ObjectStore'))
      expect((await storeReady(bed, object)).metadata.name).toBe(object.metadata.name);
    if (object.kind === 'AccessKey')
      expect((await ready(bed, object)).status.accessKeyId).toMatch(/^AKO|^legacy-importer$/);
  }
  // A store's status counts its keys a moment later.
  await until('applied again, nothing changes', async () => {
    const before = await versionsOf(objects);
    await bed.api.applyYaml(text);
    return isDeepStrictEqual(await versionsOf(objects), before);
  });
});
