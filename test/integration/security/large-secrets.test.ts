/** A tenant fills Secrets with the operator's label up to what the API server takes: the operator starts and works. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LABEL_ACCESS_KEY, LABEL_MANAGED_BY, MANAGED_BY } from '../../../src/api/names.ts';
import { fixtures, ready, secretRef, storeReady, type TestStore } from '../support/fixtures.ts';

const large = await fixtures('large');
const { bed } = large;
/** More than the container's memory limit in one page of a list, 256 MiB in the chart. */
const SECRETS = 152;
let namespace: string;
let store: TestStore;

beforeAll(async () => {
  namespace = await large.namespace();
  store = await large.store();
  const labels = { [LABEL_MANAGED_BY]: MANAGED_BY, [LABEL_ACCESS_KEY]: 'somebody' };
  const data = { blob: Buffer.alloc(1_040_000, 'x').toString('base64') };
  for (let n = 0; n < SECRETS; n += 4) {
    await Promise.all(
      [0, 1, 2, 3].map((m) => {
        const { apiVersion, kind, metadata } = secretRef(namespace, `large-${n + m}`);
        return bed.api.create({
          apiVersion,
          kind,
          metadata: { ...metadata, labels } as typeof metadata,
          data,
        });
      }),
    );
  }
}, 240_000);
afterAll(large.end);

test('an operator with the heap of the image starts beside 152 Secrets of 1 MiB', async () => {
  const operator = await large.operator({ execArgv: ['--max-old-space-size=128'] });
  await storeReady(bed, store.ref);
  const ref = await large.accessKey(namespace, store, { limited: true, bucketAccess: [] });
  await ready(bed, ref);
  expect(operator.lines.filter(({ level = 0 }) => level >= 50)).toEqual([]);
});
