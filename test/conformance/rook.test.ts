/** The example of Rook, with a Secret such as Rook makes, on Ceph without Rook. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import {
  fixtures,
  limitedKey,
  readPair,
  ready,
  s3Client,
  s3Outcome,
  secretOf,
  secretRef,
  storeReady,
  storeRef,
} from '../integration/support/fixtures.ts';
import { describeStores, STORES } from './stores.ts';

const rook = await fixtures('rook');
const { bed, cluster } = rook;
afterAll(rook.end);

describeStores(
  STORES.filter(({ name }) => name === 'Ceph'),
  (kind) => {
    test("an account's root user, as its Secret names the pair, is enough for keys", async () => {
      const { endpoint, root, admin } = await kind.start(bed, cluster);
      const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'rook-ceph' } };
      await bed.api.apply(namespace);
      await bed.api.create({
        ...secretRef('rook-ceph', 'rook-ceph-object-root-user-access-keys'),
        stringData: { AccessKey: root.accessKeyId, SecretKey: root.secretAccessKey, Endpoint: endpoint },
      });
      const example = join(import.meta.dirname, '..', '..', 'examples', 'iam', 'rook.yaml');
      const text = readFileSync(example, 'utf8');
      const [address = ''] = /https:\S+/.exec(text) ?? [];
      await bed.api.applyYaml(text.replace(address, `${endpoint}\n  allowInsecure: true`));
      await rook.operator();
      await storeReady(bed, storeRef('rook'));
      const s3 = s3Client({ endpoint }, root);
      await s3.makeBucket('rook-photos');
      const key = await rook.accessKey(
        await rook.namespace(),
        'rook',
        limitedKey({ 'rook-photos': 'read_write' }),
      );
      await ready(bed, key);
      const own = s3Client({ endpoint }, await readPair(bed, secretOf(key)));
      expect(await s3Outcome(own.putObject('rook-photos', 'a', 'a'))).toBe('ok');
      await bed.api.delete(key);
      await bed.api.waitGone(key);
      await bed.api.delete(storeRef('rook'));
      await bed.api.waitGone(storeRef('rook'));
      await bed.api.delete(namespace);
      await admin.close();
    });
  },
);
