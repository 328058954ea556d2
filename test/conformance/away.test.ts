/** A store that is away: keys in force stay as they are, and what was asked meanwhile is done when it is back. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  fixtures,
  ready,
  reason,
  secretOf,
  storeReady,
  storeRef,
  until,
} from '../integration/support/fixtures.ts';
import { IMPATIENT } from '../integration/support/timings.ts';
import { describeSuite } from './suite.ts';

const away = await fixtures('away', IMPATIENT);
const { bed } = away;
afterAll(away.end);
beforeAll(() => away.operator());

describeSuite(away, {}, (suite) => {
  test('a deletion removes the Secret, and revokes the key once the store is back', async () => {
    const [gone, stays] = [await suite.newKey(), await suite.newKey()];
    await suite.proxy.down();
    await bed.api.delete(gone.ref);
    await bed.api.waitGone(secretOf(gone.ref));
    await reason(bed, gone.ref, 'Deleting');
    await reason(bed, storeRef(suite.name), 'StoreUnreachable', { timeoutMs: 60_000 });
    await bed.api.patch(stays.ref, { metadata: { annotations: { touched: 'yes' } } });
    await ready(bed, stays.ref);
    expect(await suite.read(stays.pair)).toBe('ok');
    await suite.proxy.up();
    await bed.api.waitGone(gone.ref, { timeoutMs: 60_000 });
    expect(await suite.read(gone.pair)).not.toBe('ok');
    expect(await suite.usersOf(gone.ref)).toEqual([]);
    await storeReady(bed, storeRef(suite.name));
  });

  test('a key that is made and edited meanwhile matches its spec once the store is back', async () => {
    const { ref, pair } = await suite.newKey();
    await suite.proxy.down();
    const bucketAccess = [{ bucketName: suite.logs, permissions: 'read_only' as const }];
    await bed.api.patch(ref, { spec: { bucketAccess } });
    const made = await away.accessKey(suite.namespace, suite.name, { limited: true, bucketAccess });
    await until('waiting', async () => ((await bed.api.get(made))?.status?.conditions ?? []).length > 0);
    expect(await bed.api.exists(secretOf(made))).toBe(false);
    await suite.proxy.up();
    await ready(bed, ref, { timeoutMs: 60_000 });
    await ready(bed, made, { timeoutMs: 60_000 });
    expect(await suite.read(pair)).toBe('AccessDenied');
    expect(await suite.read(pair, suite.logs)).toBe('ok');
    expect(await suite.usersOf(made)).toHaveLength(1);
  });
});
